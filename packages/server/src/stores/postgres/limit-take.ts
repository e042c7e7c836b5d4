/**
 * One decision about several limits in one statement, one round trip and one commit: what the
 * library's counters do, by the clock of the database. Returns that clock, which demands fit, and
 * where the counters stand.
 *
 * Counters are locked by name, in one order, before they are read: two decisions cannot both see the
 * last unit, none waits for another in a circle, and a counter that does not exist is locked too.
 * A crash of the server may forget the last charges (`synchronous_commit`): for the price of a
 * write to the disk per request they would survive, and nobody would notice the difference.
 */
export const LIMIT_TAKE = `create function limit_take(
  ids text[], slots int[], algorithms text[], limits bigint[], windows bigint[], bursts bigint[],
  costs bigint[], keep boolean,
  out now_ms float8, out fits boolean[], out ats float8[], out currents float8[],
  out previouses float8[]
) language plpgsql as $$
declare
  lock_id bigint;
  keeps float8[] := array_fill(0::float8, array[cardinality(ids)]);
  allowed boolean := true;
  ok boolean;
  s int;
  w float8;
  t float8;
  passed float8;
begin
  if keep then
    perform set_config('synchronous_commit', 'off', true);
    for lock_id in select distinct hashtextextended(u.id, 4180) as h from unnest(ids) u (id) order by h
    loop
      perform pg_advisory_xact_lock(lock_id);
    end loop;
  end if;
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  select array_agg(coalesce(c.at_ms, 0)::float8 order by u.n),
         array_agg(coalesce(c.current, 0)::float8 order by u.n),
         array_agg(coalesce(c.previous, 0)::float8 order by u.n)
    into ats, currents, previouses
    from unnest(ids) with ordinality u (id, n) left join limit_counter c on c.id = u.id;
  fits := '{}';
  for i in 1 .. cardinality(slots) loop
    s := slots[i];
    w := windows[i];
    t := greatest(now_ms, ats[s]);
    if algorithms[i] = 'gcra' then
      currents[s] := greatest(0, currents[s] - (t - ats[s]) * limits[i]);
      ats[s] := t;
      ok := currents[s] + costs[i] * w <= bursts[i] * w;
      if ok then currents[s] := currents[s] + costs[i] * w; end if;
    elsif algorithms[i] = 'calendar' then
      passed := case when w <= 86400000 then floor(t / 86400000) * 86400000
        else extract(epoch from date_trunc('month', to_timestamp(t / 1000) at time zone 'UTC')) * 1000
      end;
      if passed > ats[s] then ats[s] := passed; currents[s] := 0; end if;
      ok := currents[s] + costs[i] <= limits[i];
      if ok then currents[s] := currents[s] + costs[i]; end if;
    else
      passed := floor((t - ats[s]) / w);
      if passed >= 1 then
        previouses[s] := case when passed = 1 then currents[s] else 0 end;
        currents[s] := 0;
        ats[s] := floor(t / w) * w;
      end if;
      ok := previouses[s] * (w - (t - ats[s])) + (currents[s] + costs[i]) * w <= limits[i] * w;
      if ok then currents[s] := currents[s] + costs[i]; end if;
    end if;
    keeps[s] := greatest(keeps[s], ats[s] + 2 * w);
    fits := fits || ok;
    allowed := allowed and ok;
  end loop;
  if allowed and keep then
    insert into limit_counter as c (id, at_ms, current, previous, expires_at)
      select u.id, ats[u.n], least(currents[u.n], 9e18), previouses[u.n], ceil(keeps[u.n] / 60000) * 60
        from unnest(ids) with ordinality u (id, n)
      on conflict (id) do update set at_ms = excluded.at_ms, current = excluded.current,
        previous = excluded.previous, expires_at = excluded.expires_at;
    return;
  end if;
  for i in 1 .. cardinality(slots) loop
    s := slots[i];
    if fits[i] then
      currents[s] := greatest(0,
        currents[s] - costs[i] * case when algorithms[i] = 'gcra' then windows[i] else 1 end);
    end if;
  end loop;
end $$`
