-- Who may what.
REVOKE CONNECT ON DATABASE support FROM PUBLIC;
GRANT CONNECT ON DATABASE support TO support_bot, embed_job, dev_reader, tenant_dev, billing_svc, auditor, backup, release_bot, intern;

GRANT SELECT ON public.langchain_pg_collection, public.langchain_pg_embedding TO bot_read;
GRANT USAGE ON SCHEMA billing, support TO bot_read;
GRANT SELECT ON billing.invoices TO bot_read;
GRANT INSERT ON support.tickets, support.prompt_log TO bot_read;

GRANT USAGE ON SCHEMA crm TO embed_job;
GRANT SELECT ON crm.customers TO embed_job;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.langchain_pg_collection, public.langchain_pg_embedding TO embed_job;

GRANT USAGE ON SCHEMA crm, support TO analyst;
GRANT SELECT ON public.langchain_pg_collection, public.langchain_pg_embedding, support.tickets TO analyst;
GRANT SELECT (id, name) ON crm.customers TO analyst;

GRANT USAGE ON SCHEMA billing TO billing_svc;
GRANT SELECT, INSERT, UPDATE ON billing.invoices TO billing_svc;

GRANT USAGE ON SCHEMA support TO auditor;
GRANT SELECT ON support.prompt_log TO auditor;

-- The development tenant sees only the documents that are marked for it.
GRANT SELECT ON public.langchain_pg_embedding TO tenant_dev;
ALTER TABLE public.langchain_pg_embedding ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON public.langchain_pg_embedding TO bot_read, embed_job, analyst USING (true) WITH CHECK (true);
CREATE POLICY marked ON public.langchain_pg_embedding FOR SELECT TO tenant_dev USING (cmetadata->>'tenant' = 'dev');
