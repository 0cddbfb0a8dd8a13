-- Invented people.
INSERT INTO crm.customers VALUES
	(1, 'Mara Lindqvist', 'mara.lindqvist@example.com', '+46 8 123 456 78', 'prefers mail'),
	(2, 'Tobias Okafor', 'tobias.okafor@example.org', '+44 20 7946 0018', 'asked for a refund in May'),
	(3, 'Ines Carvalho', 'ines.carvalho@example.net', '+351 21 000 0000', 'two open tickets');
INSERT INTO billing.invoices VALUES
	('A-1001', 1, 129.00, 'paid', 'SE4550000000058398257466'),
	('A-1002', 2, 45.50, 'open', 'GB82WEST12345698765432'),
	('A-1003', 3, 980.00, 'paid', 'PT50000201231234567890154');
INSERT INTO support.tickets (subject, body) VALUES ('Refund', 'The customer asks for a refund of A-1002.');
INSERT INTO support.prompt_log (session, prompt, answer) VALUES
	('s1', 'What is the status of my invoice A-1002? My mail is tobias.okafor@example.org', 'It is open.'),
	('s2', 'Please change my phone to +351 21 000 0000', 'I opened a ticket.');
INSERT INTO public.langchain_pg_collection VALUES ('6f1c0c1e-0000-4000-8000-000000000001', 'customer_records', '{}');
INSERT INTO public.langchain_pg_embedding
	SELECT 'doc-' || id, '6f1c0c1e-0000-4000-8000-000000000001',
		(SELECT array_agg(sin(id * n))::vector FROM generate_series(1, 1536) n),
		name || ' ' || email || ' ' || phone || E'\n' || notes,
		jsonb_build_object('customer', id, 'tenant', CASE WHEN id = 3 THEN 'dev' ELSE 'prod' END)
	FROM crm.customers;
ANALYZE;
