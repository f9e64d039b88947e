import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The inboxes of officials (derived), and what is to be sent out and was (the worker's own: a rebuild touches none of it). */
export class NotificationsAndOutbox1796700000000 implements MigrationInterface {
  readonly name = 'NotificationsAndOutbox1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.notification (
        id uuid NOT NULL,
        official text NOT NULL,
        kind text NOT NULL,
        case_id uuid NOT NULL,
        reference text NOT NULL,
        clock_id text NOT NULL,
        clock text NOT NULL,
        due_at timestamptz NOT NULL,
        step text NOT NULL,
        role text NOT NULL,
        office text NOT NULL,
        outcome text,
        at timestamptz NOT NULL,
        seen_at timestamptz,
        acknowledged_by text,
        acknowledged_at timestamptz,
        position bigint NOT NULL,
        PRIMARY KEY (id, official)
      );
      CREATE INDEX notification_inbox ON read.notification (official, (CASE WHEN seen_at IS NULL THEN 1 ELSE 0 END), at, id);
      CREATE INDEX notification_case ON read.notification (case_id);

      CREATE SCHEMA IF NOT EXISTS ops;
      CREATE TABLE ops.outbox_cursor (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        position bigint NOT NULL,
        store uuid NOT NULL
      ) WITH (fillfactor = 10);
      CREATE TABLE ops.outbox_target (
        channel text NOT NULL,
        target text NOT NULL,
        since bigint NOT NULL,
        PRIMARY KEY (channel, target)
      );
      CREATE TABLE ops.delivery (
        id uuid PRIMARY KEY,
        channel text NOT NULL,
        target text NOT NULL,
        event_id uuid NOT NULL,
        position bigint NOT NULL,
        event jsonb NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_error text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        sent_at timestamptz,
        UNIQUE (event_id, channel, target)
      );
      CREATE INDEX delivery_pending ON ops.delivery (channel, next_at) WHERE state = 'pending';
      CREATE INDEX delivery_dead ON ops.delivery (channel, target) WHERE state = 'dead';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA ops CASCADE; DROP TABLE read.notification');
  }
}
