/**
 * The first step of the schema, in the code so that no module has to know where its file lies, bundled or not. `sql/001_slots.sql` is
 * the same text, for those who run it with a tool of their own.
 */
export const SLOTS = `-- One row for each slot that is leased or holds a record. Statements are separated by empty lines.
CREATE TABLE "public"."idempotency" (
  slot bytea PRIMARY KEY CHECK (octet_length(slot) = 32), -- a digest: a key itself is never stored
  token text,                                             -- of the lease; null when nobody holds or held the slot since its last record
  fingerprint text,                                       -- what the holder was asked
  attempt integer,
  lease_ends timestamptz,
  trace_ms double precision,                              -- how long a lapse is remembered after the lease
  record bytea,
  record_ends timestamptz,
  purge_after timestamptz NOT NULL                        -- not before this the row may be purged; a renewal does not move it
) WITH (fillfactor = 85);

-- Records come compressed or sealed, if at all; compressing them once more costs time and gains nothing.
ALTER TABLE "public"."idempotency" ALTER COLUMN record SET STORAGE EXTERNAL;

CREATE INDEX "idempotency_purge" ON "public"."idempotency" (purge_after);

-- Asks for a slot inside the caller's transaction. A function, because each statement in it sees what was committed before it began:
-- the look after the lock sees the record of whoever held the lock before.
CREATE FUNCTION "public"."idempotency_open"(
  of_slot bytea,
  run_key bigint,      -- locked by the one that runs
  slot_key integer,
  asked_key integer,   -- slot_key with this is locked by whoever asks the same, so that others can tell
  even_if_kept boolean
) RETURNS TABLE (kept bytea, outcome text, held_by text, left_ms double precision)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  seen record;
BEGIN
  SELECT * INTO seen FROM "public"."idempotency" WHERE slot = of_slot;
  IF even_if_kept OR NOT coalesce(seen.record_ends > clock_timestamp(), false) THEN
    outcome := 'running';
    IF pg_try_advisory_xact_lock(slot_key, asked_key) THEN
      outcome := CASE WHEN pg_try_advisory_xact_lock(run_key) THEN 'won' ELSE 'running-other' END;
    END IF;
    SELECT * INTO seen FROM "public"."idempotency" WHERE slot = of_slot;
  END IF;
  IF seen.record_ends > clock_timestamp() THEN
    kept := seen.record;
  END IF;
  IF kept IS NOT NULL AND NOT even_if_kept THEN
    outcome := 'kept';
  ELSIF outcome = 'won' AND seen.token IS NOT NULL AND seen.lease_ends > clock_timestamp() THEN
    outcome := 'leased';
    held_by := seen.fingerprint;
    left_ms := extract(epoch FROM seen.lease_ends - clock_timestamp()) * 1000;
  END IF;
  outcome := coalesce(outcome, 'running');
  RETURN NEXT;
END
$$;
`;
