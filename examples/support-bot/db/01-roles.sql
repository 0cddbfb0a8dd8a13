-- Roles of the support database. People and workloads log in; groups carry the grants. Passwords are set by hand.
CREATE ROLE app_owner NOLOGIN;
CREATE ROLE bot_read NOLOGIN;
CREATE ROLE analyst NOLOGIN;
CREATE ROLE support_bot LOGIN IN ROLE bot_read;
CREATE ROLE embed_job LOGIN;
CREATE ROLE dev_reader LOGIN IN ROLE analyst;
CREATE ROLE tenant_dev LOGIN;
CREATE ROLE billing_svc LOGIN;
CREATE ROLE auditor LOGIN;
CREATE ROLE backup LOGIN IN ROLE pg_read_all_data;
CREATE ROLE intern LOGIN;
-- May become the owner with SET ROLE, inherits nothing.
CREATE ROLE release_bot LOGIN NOINHERIT IN ROLE app_owner;
