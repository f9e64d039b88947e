import cliProgress from 'cli-progress';

/** What went wrong in the world and what to do about it: shown as it is, without a stack. */
export class OperatorError extends Error {
  constructor(english: string, indonesian: string, detail = '') {
    super([english, indonesian, detail].filter((part) => part !== '').join('\n'));
    this.name = 'OperatorError';
  }
}

/** The command line itself cannot be meant so: an unknown name, a store copied onto itself. Exit code 2. */
export class WrongUsage extends OperatorError {
  constructor(english: string, indonesian: string, usage: string) {
    super(english, indonesian, `Usage / Cara pakai: npx tegas ${usage}`);
    this.name = 'WrongUsage';
  }
}

/** The code of an operating system's or PostgreSQL's error, such as ENOENT; else the error in words. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}

/** Tells the person at the terminal how far a long act has come. */
export interface Progress {
  /** Begins the next step; the one before it is done. */
  step(label: string): void;
  /** How far the present step is. */
  at(done: number, total: number): void;
  /** A line of its own beside the bar. */
  note(line: string): void;
  /** Ends the bar; may be called more than once. */
  end(): void;
}

/** A bar over `steps` steps on a terminal, plain lines elsewhere. All on stderr: stdout belongs to the command's result. */
export function createProgress(steps: number): Progress {
  return process.stderr.isTTY ? barProgress(steps) : lineProgress();
}

function barProgress(steps: number): Progress {
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage}% │ {label}',
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  let begun = 0;
  let label = '';
  let running = true;
  bar.start(steps, 0, { label });
  return {
    step(next) {
      if (!running) return;
      label = next;
      bar.update(Math.min(begun, steps), { label });
      begun += 1;
    },
    at(done, total) {
      if (running && total > 0) bar.update(Math.min(begun - 1 + done / total, steps), { label: `${label} (${done}/${total})` });
    },
    note(line) {
      process.stderr.write(`\r\x1b[K${line}\n`);
    },
    end() {
      if (!running) return;
      running = false;
      bar.update(steps, { label });
      bar.stop();
    },
  };
}

function lineProgress(): Progress {
  let label = '';
  let lastTold = 0;
  return {
    step(next) {
      label = next;
      lastTold = Date.now();
      process.stderr.write(`${label} …\n`);
    },
    at(done, total) {
      if (Date.now() - lastTold < 2000 && done < total) return;
      lastTold = Date.now();
      process.stderr.write(`${label} … ${done}/${total}\n`);
    },
    note(line) {
      process.stderr.write(`${line}\n`);
    },
    end() {},
  };
}
