CREATE TABLE "attribute"("name" VARCHAR PRIMARY KEY, dimension VARCHAR NOT NULL, "label" VARCHAR NOT NULL, origin VARCHAR NOT NULL);
INSERT INTO attribute VALUES
('tier', 'customer', 'Tier', 'crm'),
('fate', 'customer', 'Fate', 'finding'),
('value_band', 'customer', 'Value band', 'finding'),
('risk_band', 'customer', 'Risk band', 'finding'),
('stage_when_scored', 'customer', 'Stage when scored', 'finding');
CREATE TABLE audience_member(audience VARCHAR NOT NULL, identity_key INTEGER NOT NULL, came INTEGER NOT NULL, went INTEGER);
CREATE TABLE audience_said("statement" VARCHAR, said_at TIMESTAMP, said_by VARCHAR, held_until TIMESTAMP, audience VARCHAR, "name" VARCHAR, question VARCHAR, "mode" VARCHAR, "version" VARCHAR, counted BIGINT, state VARCHAR);
CREATE TABLE audience_trouble(audience VARCHAR NOT NULL, why VARCHAR NOT NULL);
CREATE TABLE audience_written(audience VARCHAR NOT NULL, "publication" INTEGER NOT NULL, customers INTEGER NOT NULL);
CREATE TABLE batch(batch INTEGER PRIMARY KEY, "source" VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, loaded_at TIMESTAMP NOT NULL, origin VARCHAR NOT NULL);
INSERT INTO batch VALUES
(1, 'crm', '2024-01-01 00:00:00', '2026-12-01 11:57:29.723139', 'load'),
(2, 'crm', '2024-03-01 00:00:00', '2026-12-01 11:57:29.723139', 'load'),
(3, 'crm', '2026-12-01 11:57:29.723139', '2026-12-01 11:57:29.723139', 'load'),
(4, 'till', '2026-12-01 11:57:31.564271', '2026-12-01 11:57:31.564271', 'load');
CREATE TABLE campaign(campaign_key INTEGER NOT NULL, campaign_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, campaign_type VARCHAR NOT NULL, campaign_type_code INTEGER);
INSERT INTO campaign VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', 1);
CREATE TABLE campaign_export("export" INTEGER NOT NULL, campaign VARCHAR NOT NULL, exported_at TIMESTAMP NOT NULL, exported_by VARCHAR NOT NULL, "day" DATE NOT NULL, batch INTEGER, added INTEGER NOT NULL, removed INTEGER NOT NULL, unchanged INTEGER NOT NULL, held_out INTEGER NOT NULL, left_out VARCHAR NOT NULL);
CREATE TABLE campaign_identity(identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL, id VARCHAR NOT NULL, campaign_code INTEGER NOT NULL);
CREATE TABLE campaign_record(identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL, trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT(list_value()), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, "name" VARCHAR, campaign_type VARCHAR);
CREATE TABLE campaign_removal("export" INTEGER NOT NULL, campaign VARCHAR NOT NULL, identity_key INTEGER NOT NULL);
CREATE TABLE case_event(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, number VARCHAR, case_id VARCHAR, "event" VARCHAR, at_second BIGINT, agent VARCHAR, topic VARCHAR, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE channel(channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, channel_type VARCHAR NOT NULL, channel_type_code INTEGER);
INSERT INTO channel VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', 1),
(1, 1, 'Shop', 'Shop', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', 1),
(2, 2, 'Web', 'Web', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', 1);
CREATE TABLE channel_identity(identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL, id VARCHAR NOT NULL, channel_code INTEGER NOT NULL);
INSERT INTO channel_identity VALUES
(1, '', 'Shop', 1),
(2, '', 'Web', 2);
CREATE TABLE channel_record(identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL, trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT(list_value()), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, "name" VARCHAR, channel_type VARCHAR);
CREATE TABLE consent(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, number VARCHAR, purpose VARCHAR, verdict VARCHAR, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE contact(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, campaign_key INTEGER NOT NULL, campaign_code INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, number VARCHAR, arm VARCHAR, variant VARCHAR, code VARCHAR, sent VARCHAR, "cost" DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE customer(customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, country VARCHAR NOT NULL, region VARCHAR NOT NULL, city VARCHAR NOT NULL, customer_kind VARCHAR NOT NULL, cohort_year VARCHAR DEFAULT('(unknown)') NOT NULL, cohort_quarter VARCHAR DEFAULT('(unknown)') NOT NULL, cohort_month VARCHAR DEFAULT('(unknown)') NOT NULL, tier VARCHAR DEFAULT('(unknown)'), country_code INTEGER, region_code INTEGER, city_code INTEGER, customer_kind_code INTEGER, cohort_year_code INTEGER, cohort_quarter_code INTEGER, cohort_month_code INTEGER, tier_code INTEGER, fate VARCHAR DEFAULT('(unknown)'), fate_code INTEGER, value_band VARCHAR DEFAULT('(unknown)'), risk_band VARCHAR DEFAULT('(unknown)'), stage_when_scored VARCHAR DEFAULT('(unknown)'), risk_band_code INTEGER, stage_when_scored_code INTEGER, value_band_code INTEGER);
INSERT INTO customer VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)', 1, 1, 1, 1, 2, 2, 2, 1, '(unknown)', 1, '(unknown)', '(unknown)', '(unknown)', 2, 2, 2),
(1, 1, 'c3', 'Chloé Petit', '2024-01-01 00:00:00', '2024-02-29 23:59:59.999999', 'France', '(unknown)', 'Lille', '(unknown)', '2024', '2024-Q1', '2024-02', 'gold', 2, 2, 2, 1, 3, 3, 4, 2, '(unknown)', 1, '(not yet formed)', '(not yet formed)', '(not yet formed)', 1, 1, 1),
(6, 1, 'c3', 'Chloé Petit', '2024-02-29 23:59:59.999999', '9999-12-31 00:00:00', 'France', '(unknown)', 'Lille', '(unknown)', '2024', '2024-Q1', '2024-02', 'gold', 2, 2, 2, 1, 3, 3, 4, 2, '(unknown)', 1, '(unknown)', '(unknown)', 'Acquire', 2, 3, 2),
(2, 2, 'c2', 'Bruno Conti', '2024-01-01 00:00:00', '2024-02-29 23:59:59.999999', 'Italy', '(unknown)', 'Rome', '(unknown)', '2024', '2024-Q1', '2024-01', 'silver', 3, 3, 4, 1, 3, 3, 3, 3, 'stays', 2, '(not yet formed)', '(not yet formed)', '(not yet formed)', 1, 1, 1),
(7, 2, 'c2', 'Bruno Conti', '2024-02-29 23:59:59.999999', '2024-03-01 00:00:00', 'Italy', '(unknown)', 'Rome', '(unknown)', '2024', '2024-Q1', '2024-01', 'silver', 3, 3, 4, 1, 3, 3, 3, 3, 'stays', 2, '80 EUR and more', 'high: chance under 30%', 'Acquire', 3, 3, 3),
(3, 2, 'c2', 'Bruno Conti', '2024-03-01 00:00:00', '9999-12-31 00:00:00', 'Italy', '(unknown)', 'Rome', '(unknown)', '2024', '2024-Q1', '2024-01', 'gold', 3, 3, 4, 1, 3, 3, 3, 2, 'stays', 2, '80 EUR and more', 'high: chance under 30%', 'Acquire', 3, 3, 3),
(4, 3, 'c1', 'Anna Bellini', '2024-01-01 00:00:00', '2024-02-29 23:59:59.999999', 'Italy', '(unknown)', 'Siena', '(unknown)', '2024', '2024-Q1', '2024-01', 'gold', 3, 3, 5, 1, 3, 3, 3, 2, 'stays', 2, '(not yet formed)', '(not yet formed)', '(not yet formed)', 1, 1, 1),
(8, 3, 'c1', 'Anna Bellini', '2024-02-29 23:59:59.999999', '2024-03-01 00:00:00', 'Italy', '(unknown)', 'Siena', '(unknown)', '2024', '2024-Q1', '2024-01', 'gold', 3, 3, 5, 1, 3, 3, 3, 2, 'stays', 2, '80 EUR and more', 'high: chance under 30%', 'Acquire', 3, 3, 3),
(5, 3, 'c1', 'Anna Bellini', '2024-03-01 00:00:00', '9999-12-31 00:00:00', 'France', '(unknown)', 'Lyon', '(unknown)', '2024', '2024-Q1', '2024-01', 'gold', 2, 2, 3, 1, 3, 3, 3, 2, 'stays', 2, '80 EUR and more', 'high: chance under 30%', 'Acquire', 3, 3, 3);
CREATE TABLE customer_identity(identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL, id VARCHAR NOT NULL, customer_code INTEGER NOT NULL);
INSERT INTO customer_identity VALUES
(1, 'crm', 'c3', 1),
(2, 'crm', 'c2', 2),
(3, 'crm', 'c1', 3);
CREATE TABLE customer_record(identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL, trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT(list_value()), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, "name" VARCHAR, street VARCHAR, postcode VARCHAR, email VARCHAR, phone VARCHAR, country VARCHAR, region VARCHAR, city VARCHAR, customer_kind VARCHAR, tier VARCHAR);
INSERT INTO customer_record VALUES
(1, 'crm/customers', 10, '2024-01-01 00:00:00', '2024-03-01 00:00:00', False, 11497521207708750259, [], 2, 3, 'Chloé Petit', NULL, NULL, NULL, NULL, 'France', NULL, 'Lille', NULL, 'gold'),
(3, 'crm/customers', 10, '2024-03-01 00:00:00', '2024-03-01 00:00:00', False, 6701711376523581846, [], 2, 1, 'Anna Bellini', NULL, NULL, 'anna.bellini@posta.example', NULL, 'France', NULL, 'Lyon', NULL, 'gold'),
(2, 'crm/customers', 10, '2024-03-01 00:00:00', '2024-03-01 00:00:00', False, 13548999860830576770, [], 2, 2, 'Bruno Conti', NULL, NULL, 'bruno@posta.example', NULL, 'Italy', NULL, 'Rome', NULL, 'gold'),
(3, 'crm/customers', 10, '2024-01-01 00:00:00', '2024-01-01 00:00:00', False, 3359820412997395632, [], 1, 1, 'Anna Bellini', NULL, NULL, 'anna.bellini@posta.example', NULL, 'Italy', NULL, 'Siena', NULL, 'gold'),
(2, 'crm/customers', 10, '2024-01-01 00:00:00', '2024-01-01 00:00:00', False, 9227284578469018893, [], 1, 2, 'Bruno Conti', NULL, NULL, 'bruno@posta.example', NULL, 'Italy', NULL, 'Rome', NULL, 'silver');
CREATE TABLE customer_score(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, number VARCHAR, "value" DECIMAL(18,4), head_room DECIMAL(18,4), spend DECIMAL(18,4), chance DECIMAL(18,4), expected_purchases DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO customer_score VALUES
(19782, 7, 2, 2, '1', 80.5000, NULL, NULL, 0.2500, NULL, 0, 1, NULL, NULL, NULL),
(19782, 8, 3, 3, '1', 80.5000, NULL, NULL, 0.2500, NULL, 0, 2, NULL, NULL, NULL);
CREATE TABLE decision(one INTEGER NOT NULL, other INTEGER NOT NULL, verdict VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL, decided_by VARCHAR NOT NULL, undone_at TIMESTAMP);
CREATE TABLE delivery(batch INTEGER NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL, mapping_hash VARCHAR NOT NULL, "header" VARCHAR NOT NULL, rows_read BIGINT NOT NULL, rows_loaded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, repeats_dropped BIGINT NOT NULL, repeats_kept BIGINT NOT NULL, rows_replaced BIGINT NOT NULL, watermark TIMESTAMP, rows_left_out BIGINT);
INSERT INTO delivery VALUES
(1, 'customers', 'customers_20240101.csv', '6204d5a2a86a32b6282d49bf82423a620a32a25487071486cb87090ab74228d7', 'd235616fa8c257d0cb6444c99f6669230ff442aa61731562c369fcecac72f03c', '[["Number", "text", "a9~2"], ["Name", "text", "a a~11"], ["Country", "text", "a~5"], ["City", "text", "a~5"], ["Mail", "text", "a.a@a.a~26"], ["Tier", "text", "a~4"]]', 3, 3, 0, 0, 0, 0, NULL, 0),
(2, 'customers', 'customers_20240301.csv', '7b544747728e574ca1c24b82d1c48e1aab7a80e3cb433fc4dc8ceca7b2fa7e73', 'd235616fa8c257d0cb6444c99f6669230ff442aa61731562c369fcecac72f03c', '[["Number", "text", "a9~2"], ["Name", "text", "a a~11"], ["Country", "text", "a~6"], ["City", "text", "a~4"], ["Mail", "text", "a.a@a.a~26"], ["Tier", "text", "a~4"]]', 3, 3, 0, 0, 0, 0, NULL, 0),
(3, 'calls', 'calls.csv', '19ea4db285b9511a25f1254d67434be5ed8a063acaa5acc7bf3d78ece520e5de', 'c69e9be7a5f894323be92b9fcb847b79d6d7b72b3915571a730c4ac64d8aa66f', '[["Call", "number", "9~1"], ["Day", "date", "9-9-9~10"], ["Number", "text", "a9~2"], ["Kind", "text", "a~4"], ["Topic", "text", "a~4"]]', 3, 3, 0, 0, 0, 0, NULL, 0),
(4, 'order_lines', 'sales_1.csv', '9d82815edb08337da30b95fc99a74b8eb093252a491692591c75f16efa45b14b', '223e0990a12b853082043151d91b9c3e0331720c23b2fa3f8fb8f9f02481189f', '[["Day", "date", "9-9-9~10"], ["Order", "text", "a9~2"], ["Line", "number", "9~1"], ["Number", "text", "a9~2"], ["Item", "text", "a~3"], ["Group", "text", "a~7"], ["Channel", "text", "a~3"], ["Qty", "number", "9~1"], ["Price", "number", "9.9~5"], ["Cost", "number", "9.9~5"]]', 7, 6, 1, 0, 0, 0, NULL, 0);
CREATE TABLE described(batch INTEGER NOT NULL, dimension VARCHAR NOT NULL, texts VARCHAR[] NOT NULL);
INSERT INTO described VALUES
(4, 'product', ['category']);
CREATE TABLE dismissal(batch INTEGER NOT NULL, part VARCHAR NOT NULL, row_in_source BIGINT NOT NULL, reason VARCHAR NOT NULL, dismissed_at TIMESTAMP NOT NULL);
CREATE TABLE erased(dimension VARCHAR NOT NULL, hash VARCHAR NOT NULL, identity_key INTEGER NOT NULL);
CREATE TABLE "export"(stream VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, batch INTEGER NOT NULL);
INSERT INTO export VALUES
('crm/customers', '2024-01-01 00:00:00', 1),
('crm/customers', '2024-03-01 00:00:00', 2);
CREATE TABLE interaction(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, campaign_key INTEGER NOT NULL, campaign_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, kind VARCHAR, direction VARCHAR, topic VARCHAR, outcome VARCHAR, status VARCHAR, note VARCHAR, at_second BIGINT, agent VARCHAR, case_id VARCHAR, closed_on DATE, waited_seconds DECIMAL(18,4), duration_seconds DECIMAL(18,4), satisfaction DECIMAL(18,4), recommendation DECIMAL(18,4), pages DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO interaction VALUES
(19734, 4, 3, 3, 0, 0, 0, 0, 0, 0, '1', 'call', NULL, 'late', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, 1, 4383405836510618747, 9069647959095467670, NULL),
(19755, 2, 2, 2, 0, 0, 0, 0, 0, 0, '2', 'call', NULL, 'said that Bruno Conti moves', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, 2, 7291347626434256944, 5856006787376457673, NULL),
(19787, 5, 3, 3, 0, 0, 0, 0, 0, 0, '3', 'call', NULL, 'late', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, 3, 11708066042070264877, 11470702503554370243, NULL);
CREATE TABLE invoice(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, number VARCHAR, order_number VARCHAR, status VARCHAR, amount DECIMAL(18,4), paid DECIMAL(18,4), due_on DATE, paid_on DATE, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE kept_customer(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, number VARCHAR, grain VARCHAR, stayed DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO kept_customer VALUES
(19782, 2, 2, 2, 1, 'month', 'month', 0.0000, 4, 3, NULL, NULL, NULL),
(19782, 4, 3, 3, 2, 'month', 'month', 0.0000, 4, 1, NULL, NULL, NULL);
CREATE TABLE lead_time(day_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, promised_on DATE, received_on DATE, ended_on DATE, quantity_ordered DECIMAL(18,4), quantity_received DECIMAL(18,4), unit_cost DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE left_empty(batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, dimension VARCHAR NOT NULL, texts VARCHAR);
CREATE TABLE line(line_key INTEGER NOT NULL, line_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL);
INSERT INTO line VALUES
(0, 0, '(unknown)', '(unknown)');
CREATE TABLE "match"(one INTEGER NOT NULL, other INTEGER NOT NULL, probability DOUBLE NOT NULL, evidence VARCHAR NOT NULL, state VARCHAR NOT NULL);
CREATE TABLE member("level" VARCHAR NOT NULL, code INTEGER NOT NULL, id VARCHAR NOT NULL, "label" VARCHAR NOT NULL);
INSERT INTO member VALUES
('campaign', 0, '(unknown)', '(unknown)'),
('campaign_type', 1, '(unknown)', '(unknown)'),
('category', 1, '(unknown)/(unknown)', '(unknown)'),
('channel', 0, '(unknown)', '(unknown)'),
('channel_type', 1, '(unknown)', '(unknown)'),
('city', 1, '(unknown)/(unknown)/(unknown)', '(unknown)'),
('city', 2, 'France/(unknown)/Lille', 'Lille'),
('city', 3, 'France/(unknown)/Lyon', 'Lyon'),
('city', 4, 'Italy/(unknown)/Rome', 'Rome'),
('city', 5, 'Italy/(unknown)/Siena', 'Siena'),
('cohort_month', 2, '(unknown)', '(unknown)'),
('cohort_quarter', 2, '(unknown)', '(unknown)'),
('cohort_year', 2, '(unknown)', '(unknown)'),
('country', 1, '(unknown)', '(unknown)'),
('country', 2, 'France', 'France'),
('country', 3, 'Italy', 'Italy'),
('customer', 0, '(unknown)', '(unknown)'),
('customer', 1, 'c3', 'Chloé Petit'),
('customer', 2, 'c2', 'Bruno Conti'),
('customer', 3, 'c1', 'Anna Bellini'),
('customer_kind', 1, '(unknown)', '(unknown)'),
('day', 19723, '2024-01-01', '2024-01-01'),
('day', 19724, '2024-01-02', '2024-01-02'),
('day', 19725, '2024-01-03', '2024-01-03'),
('day', 19726, '2024-01-04', '2024-01-04'),
('day', 19727, '2024-01-05', '2024-01-05'),
('day', 19728, '2024-01-06', '2024-01-06'),
('day', 19729, '2024-01-07', '2024-01-07'),
('day', 19730, '2024-01-08', '2024-01-08'),
('day', 19731, '2024-01-09', '2024-01-09'),
('day', 19732, '2024-01-10', '2024-01-10'),
('day', 19733, '2024-01-11', '2024-01-11'),
('day', 19734, '2024-01-12', '2024-01-12'),
('day', 19735, '2024-01-13', '2024-01-13'),
('day', 19736, '2024-01-14', '2024-01-14'),
('day', 19737, '2024-01-15', '2024-01-15'),
('day', 19738, '2024-01-16', '2024-01-16'),
('day', 19739, '2024-01-17', '2024-01-17'),
('day', 19740, '2024-01-18', '2024-01-18'),
('day', 19741, '2024-01-19', '2024-01-19'),
('day', 19742, '2024-01-20', '2024-01-20'),
('day', 19743, '2024-01-21', '2024-01-21'),
('day', 19744, '2024-01-22', '2024-01-22'),
('day', 19745, '2024-01-23', '2024-01-23'),
('day', 19746, '2024-01-24', '2024-01-24'),
('day', 19747, '2024-01-25', '2024-01-25'),
('day', 19748, '2024-01-26', '2024-01-26'),
('day', 19749, '2024-01-27', '2024-01-27'),
('day', 19750, '2024-01-28', '2024-01-28'),
('day', 19751, '2024-01-29', '2024-01-29'),
('day', 19752, '2024-01-30', '2024-01-30'),
('day', 19753, '2024-01-31', '2024-01-31'),
('day', 19754, '2024-02-01', '2024-02-01'),
('day', 19755, '2024-02-02', '2024-02-02'),
('day', 19756, '2024-02-03', '2024-02-03'),
('day', 19757, '2024-02-04', '2024-02-04'),
('day', 19758, '2024-02-05', '2024-02-05'),
('day', 19759, '2024-02-06', '2024-02-06'),
('day', 19760, '2024-02-07', '2024-02-07'),
('day', 19761, '2024-02-08', '2024-02-08'),
('day', 19762, '2024-02-09', '2024-02-09'),
('day', 19763, '2024-02-10', '2024-02-10'),
('day', 19764, '2024-02-11', '2024-02-11'),
('day', 19765, '2024-02-12', '2024-02-12'),
('day', 19766, '2024-02-13', '2024-02-13'),
('day', 19767, '2024-02-14', '2024-02-14'),
('day', 19768, '2024-02-15', '2024-02-15'),
('day', 19769, '2024-02-16', '2024-02-16'),
('day', 19770, '2024-02-17', '2024-02-17'),
('day', 19771, '2024-02-18', '2024-02-18'),
('day', 19772, '2024-02-19', '2024-02-19'),
('day', 19773, '2024-02-20', '2024-02-20'),
('day', 19774, '2024-02-21', '2024-02-21'),
('day', 19775, '2024-02-22', '2024-02-22'),
('day', 19776, '2024-02-23', '2024-02-23'),
('day', 19777, '2024-02-24', '2024-02-24'),
('day', 19778, '2024-02-25', '2024-02-25'),
('day', 19779, '2024-02-26', '2024-02-26'),
('day', 19780, '2024-02-27', '2024-02-27'),
('day', 19781, '2024-02-28', '2024-02-28'),
('day', 19782, '2024-02-29', '2024-02-29'),
('day', 19783, '2024-03-01', '2024-03-01'),
('day', 19784, '2024-03-02', '2024-03-02'),
('day', 19785, '2024-03-03', '2024-03-03'),
('day', 19786, '2024-03-04', '2024-03-04'),
('day', 19787, '2024-03-05', '2024-03-05'),
('department', 1, '(unknown)', '(unknown)'),
('fiscal_quarter', 8096, 'FY2024-Q1', 'FY2024-Q1'),
('fiscal_year', 2024, 'FY2024', 'FY2024'),
('iso_year', 2024, '2024', '2024'),
('lifecycle_stage', 1, '(unknown)', '(unknown)'),
('lifecycle_stage', 2, 'Acquire', 'Acquire'),
('lifecycle_stage', 3, 'Develop', 'Develop'),
('lifecycle_stage', 4, 'Identify', 'Identify'),
('lifecycle_stage', 5, 'Lost', 'Lost'),
('lifecycle_stage', 6, 'Retain', 'Retain'),
('lifecycle_stage', 7, 'Select', 'Select'),
('lifecycle_stage', 8, 'Won back', 'Won back'),
('month', 24288, '2024-01', '2024-01'),
('month', 24289, '2024-02', '2024-02'),
('month', 24290, '2024-03', '2024-03'),
('partner', 0, '(unknown)', '(unknown)'),
('partner_stage', 1, '(unknown)', '(unknown)'),
('partner_type', 1, '(unknown)', '(unknown)'),
('product', 0, '(unknown)', '(unknown)'),
('quarter', 8096, '2024-Q1', '2024-Q1'),
('region', 1, '(unknown)/(unknown)', '(unknown)'),
('region', 2, 'France/(unknown)', '(unknown)'),
('region', 3, 'Italy/(unknown)', '(unknown)'),
('seller', 0, '(unknown)', '(unknown)'),
('seller_stage', 1, '(unknown)', '(unknown)'),
('seller_type', 1, '(unknown)', '(unknown)'),
('subcategory', 1, '(unknown)/(unknown)/(unknown)', '(unknown)'),
('target_kpi', 1, '(unknown)', '(unknown)'),
('target_level', 1, '(unknown)', '(unknown)'),
('target_member', 1, '(unknown)/(unknown)', '(unknown)'),
('tier', 1, '(unknown)', '(unknown)'),
('tier', 2, 'gold', 'gold'),
('tier', 3, 'silver', 'silver'),
('week', 2818, '2024-W01', '2024-W01'),
('week', 2819, '2024-W02', '2024-W02'),
('week', 2820, '2024-W03', '2024-W03'),
('week', 2821, '2024-W04', '2024-W04'),
('week', 2822, '2024-W05', '2024-W05'),
('week', 2823, '2024-W06', '2024-W06'),
('week', 2824, '2024-W07', '2024-W07'),
('week', 2825, '2024-W08', '2024-W08'),
('week', 2826, '2024-W09', '2024-W09'),
('week', 2827, '2024-W10', '2024-W10'),
('year', 2024, '2024', '2024'),
('category', 2, '(unknown)/Kitchen', 'Kitchen'),
('category', 3, '(unknown)/Light', 'Light'),
('channel', 1, 'Shop', 'Shop'),
('channel', 2, 'Web', 'Web'),
('cohort_month', 3, '2024-01', '2024-01'),
('cohort_month', 4, '2024-02', '2024-02'),
('cohort_quarter', 3, '2024-Q1', '2024-Q1'),
('cohort_year', 3, '2024', '2024'),
('day', 19788, '2024-03-06', '2024-03-06'),
('day', 19789, '2024-03-07', '2024-03-07'),
('day', 19790, '2024-03-08', '2024-03-08'),
('day', 19791, '2024-03-09', '2024-03-09'),
('day', 19792, '2024-03-10', '2024-03-10'),
('product', 1, 'Cup', 'Cup'),
('product', 2, 'Lamp', 'Lamp'),
('subcategory', 2, '(unknown)/Kitchen/(unknown)', '(unknown)'),
('subcategory', 3, '(unknown)/Light/(unknown)', '(unknown)'),
('fate', 1, '(unknown)', '(unknown)'),
('fate', 2, 'stays', 'stays'),
('risk_band', 1, '(not yet formed)', '(not yet formed)'),
('risk_band', 2, '(unknown)', '(unknown)'),
('risk_band', 3, 'high: chance under 30%25', 'high: chance under 30%'),
('stage_when_scored', 1, '(not yet formed)', '(not yet formed)'),
('stage_when_scored', 2, '(unknown)', '(unknown)'),
('stage_when_scored', 3, 'Acquire', 'Acquire'),
('value_band', 1, '(not yet formed)', '(not yet formed)'),
('value_band', 2, '(unknown)', '(unknown)'),
('value_band', 3, '80 EUR and more', '80 EUR and more');
CREATE TABLE partner(partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, partner_type VARCHAR NOT NULL, partner_stage VARCHAR NOT NULL, partner_type_code INTEGER, partner_stage_code INTEGER);
INSERT INTO partner VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', '(unknown)', 1, 1);
CREATE TABLE partner_event(day_key INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, "event" VARCHAR, note VARCHAR, "until" DATE, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE partner_identity(identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL, id VARCHAR NOT NULL, partner_code INTEGER NOT NULL);
CREATE TABLE partner_record(identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL, trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT(list_value()), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, "name" VARCHAR, partner_type VARCHAR, partner_stage VARCHAR);
CREATE TABLE price(day_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, number VARCHAR, unit_price DECIMAL(18,4), unit_cost DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE price_offer(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, offered_price DECIMAL(18,4), asked_price DECIMAL(18,4), quantity DECIMAL(18,4), answer VARCHAR, answered_on DATE, expires_on DATE, countered_price DECIMAL(18,4), reason VARCHAR, requirements VARCHAR, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE price_survey(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, number VARCHAR, too_cheap DECIMAL(18,4), cheap DECIMAL(18,4), expensive DECIMAL(18,4), too_expensive DECIMAL(18,4), asked_price DECIMAL(18,4), would_buy BOOLEAN, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE privacy(done_at TIMESTAMP NOT NULL, deed VARCHAR NOT NULL, subject VARCHAR NOT NULL, done_by VARCHAR NOT NULL, told VARCHAR NOT NULL);
CREATE TABLE product(product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, department VARCHAR NOT NULL, category VARCHAR NOT NULL, subcategory VARCHAR NOT NULL, department_code INTEGER, category_code INTEGER, subcategory_code INTEGER);
INSERT INTO product VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', '(unknown)', '(unknown)', 1, 1, 1),
(1, 1, 'Cup', 'Cup', '2024-01-05 00:00:00', '9999-12-31 00:00:00', '(unknown)', 'Kitchen', '(unknown)', 1, 2, 2),
(2, 2, 'Lamp', 'Lamp', '2024-01-05 00:00:00', '9999-12-31 00:00:00', '(unknown)', 'Light', '(unknown)', 1, 3, 3);
CREATE TABLE product_identity(identity_key INTEGER NOT NULL, numbering VARCHAR NOT NULL, id VARCHAR NOT NULL, product_code INTEGER NOT NULL);
INSERT INTO product_identity VALUES
(1, '', 'Cup', 1),
(2, '', 'Lamp', 2);
CREATE TABLE product_record(identity_key INTEGER NOT NULL, stream VARCHAR NOT NULL, trust INTEGER NOT NULL, valid_from TIMESTAMP NOT NULL, seen_until TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, hash UBIGINT NOT NULL, held TIMESTAMP[] DEFAULT(list_value()), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, "name" VARCHAR, supplied_by VARCHAR, department VARCHAR, category VARCHAR, subcategory VARCHAR);
INSERT INTO product_record VALUES
(1, 'till/order_lines', 0, '2024-01-05 00:00:00', '2024-03-10 00:00:00', False, 10455801370706341607, ['2024-03-10 00:00:00', '2024-01-05 00:00:00'], 4, 7, NULL, NULL, NULL, 'Kitchen', NULL),
(2, 'till/order_lines', 0, '2024-01-05 00:00:00', '2024-03-09 00:00:00', False, 17341826819452565288, ['2024-03-09 00:00:00', '2024-01-05 00:00:00'], 4, 6, NULL, NULL, NULL, 'Light', NULL);
CREATE TABLE proposal(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, title VARCHAR, "text" VARCHAR, status VARCHAR, decided_on DATE, reason VARCHAR, place VARCHAR, supports DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE prototype_test(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, number VARCHAR, proposal_number VARCHAR, prototype VARCHAR, "version" VARCHAR, note VARCHAR, score DECIMAL(18,4), would_pay DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE "publication"(number INTEGER NOT NULL, published_at TIMESTAMP NOT NULL, deed VARCHAR NOT NULL, batch INTEGER, lines BIGINT NOT NULL, revenue DECIMAL(18,4) NOT NULL, follows INTEGER NOT NULL, began INTEGER NOT NULL);
INSERT INTO publication VALUES
(1, '2026-12-01 11:57:30', 'load crm', 3, 0, 0.0000, 0, 1),
(2, '2026-12-01 11:57:32', 'load till', 4, 6, 145.0000, 1, 1),
(3, '2026-12-01 11:57:33', 'load till', 5, 7, 550.0000, 2, 1),
(4, '2026-12-01 11:57:34', 'undid the load of batch 5', NULL, 6, 145.0000, 2, 1),
(5, '2026-12-01 11:57:35', 'segment fate saved', NULL, 6, 145.0000, 4, 1),
(6, '2026-12-01 11:57:36', 'customers scored as of 2024-02-29', NULL, 6, 145.0000, 5, 1);
CREATE TABLE purchase(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, number VARCHAR, nth DECIMAL(18,4), days_since DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO purchase VALUES
(19727, 4, 3, 3, 2, 'A1', 1.0000, NULL, 4, 1, NULL, NULL, NULL),
(19742, 2, 2, 2, 1, 'A2', 1.0000, NULL, 4, 3, NULL, NULL, NULL),
(19763, 1, 1, 1, 2, 'A3', 1.0000, NULL, 4, 4, NULL, NULL, NULL),
(19791, 5, 3, 3, 1, 'A4', 2.0000, 64.0000, 4, 6, NULL, NULL, NULL);
CREATE TABLE quality(batch INTEGER NOT NULL, part VARCHAR NOT NULL, "name" VARCHAR NOT NULL, severity VARCHAR NOT NULL, passed BOOLEAN NOT NULL, found VARCHAR NOT NULL, expected VARCHAR NOT NULL, checked_at TIMESTAMP NOT NULL);
INSERT INTO quality VALUES
(1, 'customers', 'customer is unique', 'warn', True, 'no repeats', 'each customer once', '2026-12-01 11:57:29.820055'),
(1, 'customers', 'few rows are rejected', 'warn', True, '0% rejected (0 of 3 rows)', 'at most 10%', '2026-12-01 11:57:29.820055'),
(2, 'customers', 'customer is unique', 'warn', True, 'no repeats', 'each customer once', '2026-12-01 11:57:29.905312'),
(2, 'customers', 'few rows are rejected', 'warn', True, '0% rejected (0 of 3 rows)', 'at most 10%', '2026-12-01 11:57:29.905312'),
(3, 'calls', 'number is unique', 'warn', True, 'no repeats', 'each number once', '2026-12-01 11:57:30.403972'),
(3, 'calls', 'few rows are rejected', 'warn', True, '0% rejected (0 of 3 rows)', 'at most 10%', '2026-12-01 11:57:30.403972'),
(3, 'calls', 'customer is in a list', 'warn', True, '100% of 3 rows', 'at least 90%', '2026-12-01 11:57:30.403972'),
(3, 'calls', 'date is not in the future', 'warn', True, 'none', 'no day after 2026-12-02', '2026-12-01 11:57:30.403972'),
(4, 'order_lines', 'order and line are unique', 'warn', True, 'no repeats', 'each order and line once', '2026-12-01 11:57:31.864856'),
(4, 'order_lines', 'few rows are rejected', 'warn', True, '14.3% rejected (1 of 7 rows)', 'at most 10%', '2026-12-01 11:57:31.864856'),
(4, 'order_lines', 'customer is in a list', 'warn', True, '100% of 5 rows', 'at least 90%', '2026-12-01 11:57:31.864856'),
(4, 'order_lines', 'date is not in the future', 'warn', True, 'none', 'no day after 2026-12-02', '2026-12-01 11:57:31.864856');
CREATE TABLE rate(day_key INTEGER NOT NULL, number VARCHAR, currency VARCHAR, rate DECIMAL(24,12), per DECIMAL(24,12), "until" DATE, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE reading(batch INTEGER NOT NULL, part VARCHAR NOT NULL, habits VARCHAR NOT NULL, "zone" VARCHAR);
INSERT INTO reading VALUES
(1, 'customers', '{}', NULL),
(2, 'customers', '{}', NULL),
(3, 'calls', '{}', NULL),
(4, 'order_lines', '{"decimals": {"Price": ".", "Cost": ".", "": "."}}', NULL);
CREATE TABLE receipt(day_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, supply_order VARCHAR, quantity DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE rejected(batch INTEGER NOT NULL, part VARCHAR NOT NULL, row_in_source BIGINT NOT NULL, reason VARCHAR NOT NULL, raw VARCHAR NOT NULL, mended_in INTEGER);
INSERT INTO rejected VALUES
(4, 'order_lines', 5, 'quantity: ''x'' is not a number', '{"Day":"2024-02-10","Order":"A3","Line":"2","Number":"c3","Item":"Cup","Group":"Kitchen","Channel":"Web","Qty":"x","Price":"10.00","Cost":"6.00"}', NULL);
CREATE TABLE removed(stream VARCHAR NOT NULL, record UBIGINT NOT NULL, removed_at TIMESTAMP NOT NULL, batch INTEGER);
CREATE TABLE response(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, campaign_key INTEGER NOT NULL, campaign_code INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, number VARCHAR, kind VARCHAR, contact VARCHAR, code VARCHAR, amount DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE sale(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, channel_key INTEGER NOT NULL, line_key INTEGER NOT NULL, partner_key INTEGER DEFAULT(0) NOT NULL, seller_key INTEGER DEFAULT(0) NOT NULL, order_key INTEGER NOT NULL, units DECIMAL(18,3), revenue DECIMAL(18,4) NOT NULL, "cost" DECIMAL(18,4), is_return BOOLEAN NOT NULL, is_order BOOLEAN NOT NULL, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO sale VALUES
(19742, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1.000, 10.0000, 6.0000, False, True, 4, 3, 7827252394007934035, 17007597171143766230, NULL),
(19727, 4, 3, 3, 1, 1, 2, 0, 0, 0, 1, 2.000, 20.0000, 12.0000, False, True, 4, 1, 15299580328497836217, 5709388908075364007, NULL),
(19727, 4, 3, 3, 2, 2, 2, 0, 0, 0, 1, 1.000, 40.0000, 25.0000, False, False, 4, 2, 10211887232386364658, 15083650170362728799, NULL),
(19763, 1, 1, 1, 2, 2, 2, 0, 0, 0, 3, 1.000, 40.0000, NULL, False, True, 4, 4, 11554871463595040730, 14351585526162486699, NULL),
(19792, 0, 0, 0, 1, 1, 1, 0, 0, 0, 5, -1.000, -10.0000, -6.0000, True, False, 4, 7, 18177021449700487241, 11139665615089384224, NULL),
(19791, 5, 3, 3, 2, 2, 1, 0, 0, 0, 4, 1.000, 45.0000, 25.0000, False, True, 4, 6, 9153670253006399372, 6948044712304197542, NULL);
CREATE TABLE sales_order(order_key INTEGER NOT NULL, "source" VARCHAR NOT NULL, number VARCHAR NOT NULL);
INSERT INTO sales_order VALUES
(1, 'till', 'A1'),
(2, 'till', 'A2'),
(3, 'till', 'A3'),
(4, 'till', 'A4'),
(5, 'till', 'A5');
CREATE TABLE scoring(scoring INTEGER NOT NULL, scored_on DATE NOT NULL, model VARCHAR NOT NULL, parameters VARCHAR NOT NULL, horizon_days INTEGER, scores VARCHAR[] NOT NULL, customers INTEGER NOT NULL, batch INTEGER NOT NULL, saved_at TIMESTAMP NOT NULL, saved_by VARCHAR NOT NULL);
INSERT INTO scoring VALUES
(1, '2024-02-29', 'BG/NBD', '{"rate": 0.1}', 90, ['value', 'chance'], 2, 4, '2026-12-01 11:57:35', 'kept firm');
CREATE TABLE segmentation("attribute" VARCHAR NOT NULL, formed_on DATE NOT NULL, "method" VARCHAR NOT NULL, frame VARCHAR NOT NULL, recipe VARCHAR NOT NULL, saved_at TIMESTAMP NOT NULL);
INSERT INTO segmentation VALUES
('value_band', '2024-02-29', 'value (BG/NBD, 90 days ahead)', 'of 2 customers', '{"scoring": 1}', '2026-12-01 11:57:35.789221'),
('risk_band', '2024-02-29', 'chance to buy (BG/NBD, 90 days ahead)', 'of 2 customers', '{"scoring": 1}', '2026-12-01 11:57:35.789221'),
('stage_when_scored', '2024-02-29', 'the life cycle, at a scoring (BG/NBD, 90 days ahead)', 'of 2 customers', '{"scoring": 1}', '2026-12-01 11:57:35.789221');
CREATE TABLE seller(seller_key INTEGER NOT NULL, seller_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP NOT NULL, seller_type VARCHAR NOT NULL, seller_stage VARCHAR NOT NULL, seller_type_code INTEGER, seller_stage_code INTEGER);
INSERT INTO seller VALUES
(0, 0, '(unknown)', '(unknown)', '1900-01-01 00:00:00', '9999-12-31 00:00:00', '(unknown)', '(unknown)', 1, 1);
CREATE TABLE service_request(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, channel_key INTEGER NOT NULL, channel_code INTEGER NOT NULL, campaign_key INTEGER NOT NULL, campaign_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, is_first DECIMAL(18,4), days_to_next DECIMAL(18,4), solved DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO service_request VALUES
(19734, 4, 3, 3, 0, 0, 0, 0, 0, 0, '1', 1.0000, 53.0000, 1.0000, 3, 1, NULL, NULL, NULL),
(19755, 2, 2, 2, 0, 0, 0, 0, 0, 0, '2', 1.0000, NULL, 1.0000, 3, 2, NULL, NULL, NULL),
(19787, 5, 3, 3, 0, 0, 0, 0, 0, 0, '3', 1.0000, NULL, NULL, 3, 3, NULL, NULL, NULL);
CREATE TABLE setting("name" VARCHAR PRIMARY KEY, "value" VARCHAR NOT NULL);
INSERT INTO setting VALUES
('schema', '10'),
('declared', '2bd546b031c9a674d357c2f2d36affa1323036fdbda6a4a13e6e758196b6d170'),
('left_empty', 'known'),
('warehouse_id', 'f70f8b6b-b670-440c-ad50-fb4607fc2cdb'),
('currency', 'EUR'),
('matching_weights', '{"classes": [0.3980129232070479, 0.06979939602314882, 0.11963878069167785, 0.19900883435812758, 0.20358980839241436, 0.009950257327583643], "levels": [[[1.0, 0.020002928057872897, 0.02999991036557532, 0.05999982073115064, 0.8899973408454012], [1.0, 0.9300103859690234, 0.009998516290139517, 0.02999554887041855, 0.02999554887041855], [1.0, 0.9500118459225741, 0.009997630815485178, 0.019995261630970356, 0.019995261630970356], [1.0, 0.02, 0.02, 0.03, 0.93], [1.0, 0.9303210636370458, 0.01990826753227262, 0.01990826753227262, 0.029862401298408926], [1.0, 0.02, 0.05, 0.05, 0.88]], [[1.0, 0.020002928057872897, 0.05999982073115064, 0.9199972512109765], [1.0, 0.3500964411409314, 0.049992581450697585, 0.599910977408371], [1.0, 0.94, 0.02, 0.04], [1.0, 0.030003762159428998, 0.049999806074256234, 0.9199964317663147], [1.0, 0.5022933116931846, 0.04977066883068154, 0.4479360194761339], [1.0, 0.01, 0.04, 0.95]], [[1.0, 0.02, 0.98], [1.0, 0.6, 0.4], [1.0, 0.6, 0.4], [1.0, 0.6, 0.4], [1.0, 0.6, 0.4], [1.0, 0.3, 0.7]], [[1.0, 0.020002928057872897, 0.03999988048743376, 0.0499998506092922, 0.03999988048743376, 0.03999988048743376, 0.8099975798705337], [1.0, 0.01, 0.02, 0.02, 0.02, 0.03, 0.9], [1.0, 0.01, 0.02, 0.02, 0.02, 0.03, 0.9], [1.0, 0.15, 0.02, 0.8, 0.02, 0.006, 0.004], [1.0, 0.15, 0.02, 0.8, 0.02, 0.006, 0.004], [1.0, 0.01, 0.02, 0.02, 0.02, 0.03, 0.9]], [[1.0, 0.0999997012185844, 0.13000259939831574, 0.01999994024371688, 0.749997759139383], [1.0, 0.8398753683717194, 0.030143919856466878, 0.009998516290139517, 0.1199821954816742], [1.0, 0.9597725582865771, 0.010234549266967286, 0.009997630815485178, 0.019995261630970356], [1.0, 0.9789962029339372, 0.010003839729726505, 0.009999961214851248, 0.0009999961214851249], [1.0, 0.9745096957047447, 0.014540757152505473, 0.00995413376613631, 0.000995413376613631], [1.0, 0.929999991988774, 0.02000000844193706, 0.009999999913857785, 0.03999999965543114]], [[1.0, 0.3, 0.01, 0.69], [1.0, 0.64, 0.01, 0.35], [1.0, 0.8, 0.01, 0.19], [1.0, 0.9890000000000001, 0.01, 0.001], [1.0, 0.9890000000000001, 0.01, 0.001], [1.0, 0.84, 0.01, 0.15]], [[1.0, 0.000499998506092922, 0.050002838423448215, 0.949497163070459], [1.0, 0.14997774435209274, 0.15012611533814108, 0.6998961403097661], [1.0, 0.1499644622322777, 0.1502013806837598, 0.6998341570839626], [1.0, 0.14999941822276872, 0.15000329673764395, 0.6999972850395874], [1.0, 0.14931200649204462, 0.1538986298784138, 0.6967893636295416], [1.0, 0.15, 0.15, 0.7]]]}'),
('key:crm/calls', 'number'),
('mapping:crm/customers', '{"folder": "/tmp/tmp59d10em3", "toml": "source = \"crm\"\nfirm = \"Bottega\"\ncurrency = \"EUR\"\n\n[customers]\nfile = \"customers_*.csv\"\nas_of = \"customers_%Y%m%d\"\nchanges = \"full\"\n\n[customers.columns]\ncustomer = \"Number\"\ncustomer_name = \"Name\"\ncountry = \"Country\"\ncity = \"City\"\nemail = \"Mail\"\n\n[customers.attributes]\ntier = { column = \"Tier\", of = \"customer\", label = \"Tier\" }\n"}'),
('mapping:crm/calls', '{"folder": "/tmp/tmp59d10em3", "toml": "source = \"crm\"\nfirm = \"Bottega\"\ncurrency = \"EUR\"\n\n[calls]\nfile = \"calls.csv\"\nkey = [\"number\"]\n\n[calls.columns]\nnumber = \"Call\"\ndate = \"Day\"\ncustomer = \"Number\"\ntopic = \"Topic\"\n"}'),
('firm_names', '["Bottega"]'),
('firm', 'Bottega'),
('rows seen by stages', '{"follows": [5, "2026-12-01 11:57:35"], "rows": {"customer": 9, "sale": 6, "invoice": 0, "interaction": 3, "case_event": 0, "contact": 0, "response": 0, "consent": 0, "wallet": 0, "proposal": 0, "vote": 0, "prototype_test": 0, "price_offer": 0, "price_survey": 0}, "days": {"sale": [19727, 19792], "interaction": [19734, 19787]}}'),
('orders_are_whole', 'yes'),
('audit_head', '277151d056a35551 4:d651100564dd6696581b18a1855614e495c0af32e4dfe5c9e92dd077d188cdbc'),
('key:till/order_lines', 'order line'),
('mapping:till/order_lines', '{"folder": "/tmp/tmp59d10em3", "toml": "source = \"till\"\nfirm = \"Bottega\"\ncurrency = \"EUR\"\n\n[order_lines]\nfile = \"sales*.csv\"\nkey = [\"order\", \"line\"]\nids = \"crm\"\n\n[order_lines.columns]\ndate = \"Day\"\norder = \"Order\"\nline = \"Line\"\ncustomer = \"Number\"\nproduct = \"Item\"\ncategory = \"Group\"\nchannel = \"Channel\"\nquantity = \"Qty\"\nunit_price = \"Price\"\ncost = \"Cost\"\n"}');
CREATE TABLE stage(stage_key INTEGER NOT NULL, stage_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, lifecycle_stage VARCHAR NOT NULL, lifecycle_stage_code INTEGER);
INSERT INTO stage VALUES
(0, 0, '(unknown)', '(unknown)', '(unknown)', 1),
(1, 1, 'Identify', 'Identify', 'Identify', 4),
(2, 2, 'Select', 'Select', 'Select', 7),
(3, 3, 'Acquire', 'Acquire', 'Acquire', 2),
(4, 4, 'Develop', 'Develop', 'Develop', 3),
(5, 5, 'Retain', 'Retain', 'Retain', 6),
(6, 6, 'Lost', 'Lost', 'Lost', 5),
(7, 7, 'Won back', 'Won back', 'Won back', 8);
CREATE TABLE stage_basis(subject_kind VARCHAR NOT NULL, subject INTEGER NOT NULL, print UBIGINT NOT NULL, due INTEGER NOT NULL, last_day INTEGER NOT NULL);
INSERT INTO stage_basis VALUES
('customer', 1, 646029243305465840, 20128, 19763),
('customer', 2, 7168640451462639140, 20107, 19742),
('customer', 3, 13418032438243460355, 20156, 19791);
CREATE TABLE stage_entry(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, stage_key INTEGER NOT NULL, number VARCHAR, sign DECIMAL(18,4) NOT NULL, cause VARCHAR, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
INSERT INTO stage_entry VALUES
(19723, 1, 1, 0, 1, '1', 1.0000, 'known', 3, 0, NULL, NULL, NULL),
(19723, 2, 2, 0, 1, '1', 1.0000, 'known', 3, 0, NULL, NULL, NULL),
(19723, 4, 3, 0, 1, '1', 1.0000, 'known', 3, 0, NULL, NULL, NULL),
(19727, 4, 3, 0, 1, '2', -1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19727, 4, 3, 0, 3, '2', 1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19742, 2, 2, 0, 1, '2', -1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19742, 2, 2, 0, 3, '2', 1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19763, 1, 1, 0, 1, '2', -1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19763, 1, 1, 0, 3, '2', 1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19783, 2, 2, 0, 3, '2', -1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 3, 2, 0, 3, '2', 1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 4, 3, 0, 3, '2', -1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 5, 3, 0, 3, '2', 1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19791, 5, 3, 0, 3, '3', -1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19791, 5, 3, 0, 4, '3', 1.0000, 'purchase', 4, 0, NULL, NULL, NULL),
(19783, 1, 1, 0, 3, '2', -1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 6, 1, 0, 3, '2', 1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 7, 2, 0, 3, '2', -1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 7, 2, 0, 3, '2', 1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 8, 3, 0, 3, '2', -1.0000, 'described anew', 4, 0, NULL, NULL, NULL),
(19783, 8, 3, 0, 3, '2', 1.0000, 'described anew', 4, 0, NULL, NULL, NULL);
CREATE TABLE stage_event(subject_kind VARCHAR NOT NULL, subject INTEGER NOT NULL, run INTEGER NOT NULL, seq INTEGER NOT NULL, day_key INTEGER NOT NULL, from_stage VARCHAR, to_stage VARCHAR, cause VARCHAR NOT NULL);
INSERT INTO stage_event VALUES
('customer', 1, 1, 1, 19723, NULL, 'Identify', 'known'),
('customer', 2, 1, 1, 19723, NULL, 'Identify', 'known'),
('customer', 3, 1, 1, 19723, NULL, 'Identify', 'known'),
('customer', 1, 2, 1, 19723, NULL, 'Identify', 'known'),
('customer', 1, 2, 2, 19763, 'Identify', 'Acquire', 'purchase'),
('customer', 2, 2, 1, 19723, NULL, 'Identify', 'known'),
('customer', 2, 2, 2, 19742, 'Identify', 'Acquire', 'purchase'),
('customer', 3, 2, 1, 19723, NULL, 'Identify', 'known'),
('customer', 3, 2, 2, 19727, 'Identify', 'Acquire', 'purchase'),
('customer', 3, 2, 3, 19791, 'Acquire', 'Develop', 'purchase');
CREATE TABLE stage_run(run INTEGER NOT NULL, subject_kind VARCHAR NOT NULL, recorded_at TIMESTAMP NOT NULL, as_of INTEGER NOT NULL, rule_version INTEGER NOT NULL, rules VARCHAR NOT NULL, batch INTEGER NOT NULL, touched INTEGER NOT NULL, changed INTEGER NOT NULL);
INSERT INTO stage_run VALUES
(1, 'customer', '2026-12-01 11:57:30.488588', 19787, 1, '0ed9f9fec2aa41c2', 3, 3, 3),
(2, 'customer', '2026-12-01 11:57:32.158654', 19792, 1, '0ed9f9fec2aa41c2', 4, 3, 3),
(3, 'customer', '2026-12-01 11:57:36.060217', 19792, 1, '0ed9f9fec2aa41c2', 4, 3, 0);
CREATE TABLE stock(day_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, place VARCHAR, on_hand DECIMAL(18,4), on_order DECIMAL(18,4), reorder_level DECIMAL(18,4), reserved DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE superseded(stream VARCHAR NOT NULL, record UBIGINT NOT NULL, said_at TIMESTAMP NOT NULL, hash UBIGINT, batch INTEGER);
CREATE TABLE supply_order(day_key INTEGER NOT NULL, product_key INTEGER NOT NULL, product_code INTEGER NOT NULL, partner_key INTEGER NOT NULL, partner_code INTEGER NOT NULL, number VARCHAR, ordered DECIMAL(18,4), received DECIMAL(18,4), surplus DECIMAL(18,4), received_in_time DECIMAL(18,4), is_due DECIMAL(18,4), in_time DECIMAL(18,4), in_full DECIMAL(18,4), in_time_in_full DECIMAL(18,4), promised_days DECIMAL(18,4), lead_days DECIMAL(18,4), open_days DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE "target"(day_key INTEGER NOT NULL, target_place_key INTEGER NOT NULL, number VARCHAR, "value" DECIMAL(18,4) NOT NULL, phasing VARCHAR, batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE target_place(target_place_key INTEGER NOT NULL, target_place_code INTEGER NOT NULL, id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, target_kpi VARCHAR NOT NULL, target_level VARCHAR NOT NULL, target_member VARCHAR NOT NULL, target_kpi_code INTEGER, target_level_code INTEGER, target_member_code INTEGER);
INSERT INTO target_place VALUES
(0, 0, '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)', 1, 1, 1);
CREATE TABLE target_said("statement" VARCHAR, said_at TIMESTAMP, said_by VARCHAR, held_until TIMESTAMP, kpi VARCHAR, "level" VARCHAR, member VARCHAR, period VARCHAR, "value" DECIMAL(18,4), state VARCHAR);
CREATE TABLE "time"(day_key INTEGER NOT NULL, "day" DATE NOT NULL, year_code INTEGER, fiscal_year_code INTEGER, iso_year_code INTEGER, quarter_code INTEGER, fiscal_quarter_code INTEGER, month_code INTEGER, week_code INTEGER, day_code INTEGER);
INSERT INTO time VALUES
(19723, '2024-01-01', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19723),
(19724, '2024-01-02', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19724),
(19725, '2024-01-03', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19725),
(19726, '2024-01-04', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19726),
(19727, '2024-01-05', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19727),
(19728, '2024-01-06', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19728),
(19729, '2024-01-07', 2024, 2024, 2024, 8096, 8096, 24288, 2818, 19729),
(19730, '2024-01-08', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19730),
(19731, '2024-01-09', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19731),
(19732, '2024-01-10', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19732),
(19733, '2024-01-11', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19733),
(19734, '2024-01-12', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19734),
(19735, '2024-01-13', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19735),
(19736, '2024-01-14', 2024, 2024, 2024, 8096, 8096, 24288, 2819, 19736),
(19737, '2024-01-15', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19737),
(19738, '2024-01-16', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19738),
(19739, '2024-01-17', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19739),
(19740, '2024-01-18', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19740),
(19741, '2024-01-19', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19741),
(19742, '2024-01-20', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19742),
(19743, '2024-01-21', 2024, 2024, 2024, 8096, 8096, 24288, 2820, 19743),
(19744, '2024-01-22', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19744),
(19745, '2024-01-23', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19745),
(19746, '2024-01-24', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19746),
(19747, '2024-01-25', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19747),
(19748, '2024-01-26', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19748),
(19749, '2024-01-27', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19749),
(19750, '2024-01-28', 2024, 2024, 2024, 8096, 8096, 24288, 2821, 19750),
(19751, '2024-01-29', 2024, 2024, 2024, 8096, 8096, 24288, 2822, 19751),
(19752, '2024-01-30', 2024, 2024, 2024, 8096, 8096, 24288, 2822, 19752),
(19753, '2024-01-31', 2024, 2024, 2024, 8096, 8096, 24288, 2822, 19753),
(19754, '2024-02-01', 2024, 2024, 2024, 8096, 8096, 24289, 2822, 19754),
(19755, '2024-02-02', 2024, 2024, 2024, 8096, 8096, 24289, 2822, 19755),
(19756, '2024-02-03', 2024, 2024, 2024, 8096, 8096, 24289, 2822, 19756),
(19757, '2024-02-04', 2024, 2024, 2024, 8096, 8096, 24289, 2822, 19757),
(19758, '2024-02-05', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19758),
(19759, '2024-02-06', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19759),
(19760, '2024-02-07', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19760),
(19761, '2024-02-08', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19761),
(19762, '2024-02-09', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19762),
(19763, '2024-02-10', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19763),
(19764, '2024-02-11', 2024, 2024, 2024, 8096, 8096, 24289, 2823, 19764),
(19765, '2024-02-12', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19765),
(19766, '2024-02-13', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19766),
(19767, '2024-02-14', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19767),
(19768, '2024-02-15', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19768),
(19769, '2024-02-16', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19769),
(19770, '2024-02-17', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19770),
(19771, '2024-02-18', 2024, 2024, 2024, 8096, 8096, 24289, 2824, 19771),
(19772, '2024-02-19', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19772),
(19773, '2024-02-20', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19773),
(19774, '2024-02-21', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19774),
(19775, '2024-02-22', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19775),
(19776, '2024-02-23', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19776),
(19777, '2024-02-24', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19777),
(19778, '2024-02-25', 2024, 2024, 2024, 8096, 8096, 24289, 2825, 19778),
(19779, '2024-02-26', 2024, 2024, 2024, 8096, 8096, 24289, 2826, 19779),
(19780, '2024-02-27', 2024, 2024, 2024, 8096, 8096, 24289, 2826, 19780),
(19781, '2024-02-28', 2024, 2024, 2024, 8096, 8096, 24289, 2826, 19781),
(19782, '2024-02-29', 2024, 2024, 2024, 8096, 8096, 24289, 2826, 19782),
(19783, '2024-03-01', 2024, 2024, 2024, 8096, 8096, 24290, 2826, 19783),
(19784, '2024-03-02', 2024, 2024, 2024, 8096, 8096, 24290, 2826, 19784),
(19785, '2024-03-03', 2024, 2024, 2024, 8096, 8096, 24290, 2826, 19785),
(19786, '2024-03-04', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19786),
(19787, '2024-03-05', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19787),
(19788, '2024-03-06', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19788),
(19789, '2024-03-07', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19789),
(19790, '2024-03-08', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19790),
(19791, '2024-03-09', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19791),
(19792, '2024-03-10', 2024, 2024, 2024, 8096, 8096, 24290, 2827, 19792);
CREATE TABLE undone("source" VARCHAR NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL, mapping_hash VARCHAR NOT NULL, undone_at TIMESTAMP NOT NULL);
INSERT INTO undone VALUES
('till', 'order_lines', 'sales_2.csv', '07694279399cf57d8d0e89ebf911ab156f2545997a57478dcd149360342b3395', '223e0990a12b853082043151d91b9c3e0331720c23b2fa3f8fb8f9f02481189f', '2026-12-01 11:57:34.589604');
CREATE TABLE vote(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, number VARCHAR, proposal_number VARCHAR, weight DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
CREATE TABLE waiting("source" VARCHAR NOT NULL, part VARCHAR NOT NULL, file VARCHAR NOT NULL, reason VARCHAR NOT NULL, since TIMESTAMP NOT NULL);
CREATE TABLE wallet(day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL, customer_code INTEGER NOT NULL, identity_key INTEGER NOT NULL, number VARCHAR, wallet_category VARCHAR, basis VARCHAR, spend DECIMAL(18,4), own_spend DECIMAL(18,4), rank DECIMAL(18,4), brands DECIMAL(18,4), batch INTEGER NOT NULL, row_in_source BIGINT NOT NULL, record_key UBIGINT, content_hash UBIGINT, modified_at TIMESTAMP);
