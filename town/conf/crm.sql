-- The customers of an operator that does not exist. Numbers as in town/parts/people.py.
CREATE ROLE support LOGIN PASSWORD :'support';
CREATE DATABASE crm;
\connect crm
CREATE SCHEMA crm;
CREATE SCHEMA billing;
CREATE TABLE crm.customer (
    id bigint PRIMARY KEY, full_name text NOT NULL, birth date, address text, email text, pin_hash text);
CREATE TABLE crm.subscription (
    msisdn text PRIMARY KEY, imsi text UNIQUE NOT NULL, customer_id bigint REFERENCES crm.customer,
    iccid text, plan text, status text, puk text);
CREATE TABLE billing.cdr (
    id bigint PRIMARY KEY, ts timestamptz NOT NULL, a_msisdn text NOT NULL, b_number text NOT NULL, imei text,
    cell text, kind text, dur int, bytes bigint);
INSERT INTO crm.customer
    SELECT i, (ARRAY['Anna','Bram','Cato','Daan','Eva','Finn','Gijs','Hanna','Ilse','Joris'])[1 + i % 10] || ' ' ||
              (ARRAY['Visser','Bakker','de Boer','Mulder','Dekker','van Dam','Kok','Smit','Prins','Vos','Kuiper'])[1 + i % 11],
           date '1950-01-01' + (i * 37 % 20000), 'Voorbeeldstraat ' || i, 'klant' || i || '@example.invalid', md5('pin' || i)
    FROM generate_series(1, 10000) i;
INSERT INTO crm.subscription
    SELECT '316350' || lpad(i::text, 5, '0'), '20499' || lpad(i::text, 10, '0'), i, '8931990' || lpad(i::text, 12, '0'),
           (ARRAY['S','M','L'])[1 + i % 3], 'active', lpad((i * 104729 % 100000000)::text, 8, '0')
    FROM generate_series(1, 10000) i;
INSERT INTO billing.cdr
    SELECT i, timestamptz '2026-10-01 00:00Z' + i * interval '22 seconds', '316350' || lpad((1 + i % 10000)::text, 5, '0'),
           '316350' || lpad((1 + i * 31 % 10000)::text, 5, '0'), '35999900' || lpad((1 + i % 10000)::text, 6, '0'),
           '204-99-' || lpad(to_hex(i % 50), 4, '0'), (ARRAY['voice','sms','data'])[1 + i % 3], i % 600, i % 3 * 1000
    FROM generate_series(1, 200000) i;
CREATE INDEX ON billing.cdr (a_msisdn, ts);
GRANT USAGE ON SCHEMA crm, billing TO support;
GRANT SELECT ON ALL TABLES IN SCHEMA crm, billing TO support;
GRANT UPDATE, INSERT ON crm.customer, crm.subscription TO support;
VACUUM ANALYZE;
