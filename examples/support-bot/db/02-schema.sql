-- Tables of the support database, as langchain-postgres 0.0.12 makes its own.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA crm AUTHORIZATION app_owner;
CREATE SCHEMA billing AUTHORIZATION app_owner;
CREATE SCHEMA support AUTHORIZATION app_owner;

CREATE TABLE crm.customers (
	id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, phone text, notes text);
CREATE TABLE billing.invoices (
	number text PRIMARY KEY, customer bigint NOT NULL, amount numeric(12,2) NOT NULL, status text NOT NULL, iban text);
CREATE TABLE support.tickets (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text NOT NULL, body text NOT NULL);
CREATE TABLE support.prompt_log (
	at timestamptz NOT NULL DEFAULT now(), session text NOT NULL, prompt text NOT NULL, answer text NOT NULL);
CREATE TABLE public.langchain_pg_collection (
	uuid uuid PRIMARY KEY, name varchar NOT NULL UNIQUE, cmetadata json);
CREATE TABLE public.langchain_pg_embedding (
	id varchar PRIMARY KEY, collection_id uuid REFERENCES public.langchain_pg_collection ON DELETE CASCADE,
	embedding vector(1536), document varchar, cmetadata jsonb);

ALTER TABLE crm.customers OWNER TO app_owner;
ALTER TABLE billing.invoices OWNER TO app_owner;
ALTER TABLE support.tickets OWNER TO app_owner;
ALTER TABLE support.prompt_log OWNER TO app_owner;
ALTER TABLE public.langchain_pg_collection OWNER TO app_owner;
ALTER TABLE public.langchain_pg_embedding OWNER TO app_owner;
