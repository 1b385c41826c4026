-- The rows that every database of the benchmark has at the start. Each update of the benchmark changes another row.
insert into items (id, sku, name, cents, weight, active, tags)
with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 300000)
select n, printf('SKU-%06d', n), printf('Item %d', n), 100 + n % 10000, n % 100 + 0.5, n % 2, '["tools","new"]'
from numbers;
