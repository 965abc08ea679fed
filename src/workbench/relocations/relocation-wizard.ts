import type { ErrorReporter } from '../errors/error-reporter.ts';
import { runSteps } from '../picks/steps.ts';
import type { Step } from '../picks/steps.ts';
import type { RelocationJob } from './relocation-job.ts';
import type { RelocationStarter } from './relocation-starter.ts';

export interface WizardQuestions<Draft> {
  /** What is asked, given what is known so far; the last is where to. */
  readonly steps: (draft: Draft) => readonly Step<Draft>[];
  readonly jobs: (answered: Draft) => readonly RelocationJob[];
}

/** What, where to and how, step by step; then the plan, from which there is a way back to the steps. */
export class RelocationWizard {
  readonly #starter: Pick<RelocationStarter, 'start'>;
  readonly #reporter: ErrorReporter;

  constructor(starter: Pick<RelocationStarter, 'start'>, reporter: ErrorReporter) {
    this.#starter = starter;
    this.#reporter = reporter;
  }

  async ask<Draft>(questions: WizardQuestions<Draft>, start: Draft, at: 'first' | 'last' = 'first'): Promise<void> {
    const answered = await runSteps(start, questions.steps, at);
    if (answered !== undefined) await this.start(questions, answered);
  }

  /** Goes to the plan at once, where everything is known; it can still be changed from there. */
  async start<Draft>(questions: WizardQuestions<Draft>, answered: Draft): Promise<void> {
    const change = (): void => {
      // Nobody waits for it: the relocation that it begins is another one.
      this.ask(questions, answered, 'last').catch((error: unknown) =>
        this.#reporter.report({ action: 'Relocate' }, error),
      );
    };
    await this.#starter.start(...questions.jobs(answered).map((job) => ({ ...job, change })));
  }
}
