import type { ErrorReporter } from '../../errors/error-reporter.ts';
import { runSteps } from '../../picks/steps.ts';
import type { Step } from '../../picks/steps.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { RelocationStarter } from '../plan/relocation-starter.ts';

export interface WizardQuestions<Draft> {
  /** Returns the questions for a draft; the last one asks for the destination. */
  readonly steps: (draft: Draft) => readonly Step<Draft>[];
  readonly jobs: (answered: Draft) => readonly RelocationJob[];
}

/**
 * Asks for source, destination and options step by step and shows the plan, from which the user can go back to the steps.
 */
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

  /** Goes directly to the plan if everything is known; the user can go back to the steps from there. */
  async start<Draft>(questions: WizardQuestions<Draft>, answered: Draft): Promise<void> {
    const change = (): void => {
      // Not awaited, because it starts another relocation.
      this.ask(questions, answered, 'last').catch((error: unknown) =>
        this.#reporter.report({ action: 'Relocate' }, error),
      );
    };
    await this.#starter.start(...questions.jobs(answered).map((job) => ({ ...job, change })));
  }
}
