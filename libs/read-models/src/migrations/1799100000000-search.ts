import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keyed words by which cases and persons are found. Both are projected anew, so that those that are there are found too. */
export class Search1799100000000 implements MigrationInterface {
  readonly name = 'Search1799100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.case_words (
        case_id uuid PRIMARY KEY,
        words text[] NOT NULL,
        said text[] NOT NULL
      );
      CREATE INDEX case_words_words ON read.case_words USING gin (words);
      CREATE INDEX case_words_said ON read.case_words USING gin (said);
      CREATE INDEX case_file_reference_beginning ON read.case_file (reference text_pattern_ops);
      TRUNCATE read.person;
      ALTER TABLE read.person ADD COLUMN found_by text[] NOT NULL;
      CREATE INDEX person_found_by ON read.person USING gin (found_by);
      TRUNCATE read.case_file;
      DELETE FROM read.checkpoint WHERE name IN ('case_file', 'person');
      DELETE FROM read.parked WHERE projection IN ('case_file', 'person');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE read.case_words;
      DROP INDEX read.case_file_reference_beginning;
      ALTER TABLE read.person DROP COLUMN found_by;
    `);
  }
}
