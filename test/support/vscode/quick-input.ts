// The box at the top of the window: input boxes, quick picks, the command palette. All steps of a wizard use the same
// box, so begin each with `at()`, which waits until that step is shown.
import type { Locator, Page } from 'playwright-core';
import { attemptMilliseconds, gone, holds, untilSeen } from './until-seen.ts';

export class QuickInput {
  readonly widget: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.widget = page.locator('.quick-input-widget:visible');
  }

  /** Waits for the step with this title, or, if it has none, with this placeholder in its input. */
  async at(text: string): Promise<this> {
    await this.step(text).waitFor();
    return this;
  }

  /** The step with this title or placeholder, as the outcome of an action. */
  step(text: string): Locator {
    const title = this.widget.locator('.quick-input-title').getByText(text);
    return title.or(this.widget.getByPlaceholder(text)).first();
  }

  /** The text below the input: the prompt, or why the input is not valid. */
  message(): Locator {
    return this.widget.locator('.quick-input-message');
  }

  input(): Locator {
    return this.widget.locator('.quick-input-box input');
  }

  /** Enters text; in a quick pick this filters the entries. */
  async fill(text: string, options?: { readonly timeout: number }): Promise<void> {
    await this.input().fill(text, options);
  }

  /** Enters text, or keeps the existing one, and continues with the next step. */
  async accept(text?: string): Promise<void> {
    if (text !== undefined) await this.fill(text);
    await this.#leave(() => this.input().press('Enter', { timeout: attemptMilliseconds }));
  }

  /** Waits until the input suggests a value, as a file dialog does a while after it opens, and would replace what is typed. */
  async suggests(ending: string): Promise<void> {
    while (!(await this.input().inputValue()).endsWith(ending)) await this.#page.waitForTimeout(50);
  }

  /** An entry of a quick pick by its label, or the beginning of its accessible name. */
  option(label: string | RegExp): Locator {
    return this.widget.getByRole('option', { name: label });
  }

  /** An entry of a quick pick with multiple selection. */
  toggleRow(label: string | RegExp): Locator {
    return this.widget.locator('.monaco-list-row').filter({ hasText: label }).first();
  }

  /** Selects an entry of a quick pick with multiple selection. */
  async toggle(label: string | RegExp): Promise<void> {
    const row = this.toggleRow(label);
    const selected = row.and(this.#page.locator('[aria-checked="true"]'));
    await row.waitFor();
    await untilSeen(selected, async () => {
      if (!(await selected.isVisible()))
        await row.getByRole('checkbox').or(row).first().click({ timeout: attemptMilliseconds });
    });
  }

  /** Clicks an entry of a quick pick, and waits until the next step is shown, or none. */
  async pick(label: string | RegExp): Promise<void> {
    const option = this.option(label).first();
    await option.waitFor();
    await this.#leave(() => option.click({ timeout: attemptMilliseconds }));
  }

  /** Clicks a button of the title bar (Back, …) or of the box, which leads to another step. */
  async button(name: string): Promise<void> {
    const button = this.widget.getByRole('button', { name }).first();
    await button.waitFor();
    await this.#leave(() => button.click({ timeout: attemptMilliseconds }));
  }

  /** Closes the box, if it is open. */
  async cancel(): Promise<void> {
    if (!(await this.widget.isVisible())) return;
    await untilSeen(gone(this.widget), () => this.input().press('Escape', { timeout: attemptMilliseconds }));
  }

  /** Repeats an action until the step that is shown now is left. */
  async #leave(act: () => Promise<void>): Promise<void> {
    const before = await this.#place();
    await untilSeen(
      holds(async () => (await this.#place()) !== before),
      act,
    );
  }

  /** What distinguishes one step from the next. */
  #place(): Promise<string> {
    return this.#page.evaluate<string>(`(() => {
      const box = document.querySelector('.quick-input-widget');
      if (box === null || box.checkVisibility() === false) return '';
      const input = box.querySelector('.quick-input-box input');
      const texts = ['.quick-input-title', '.quick-input-message'].map((each) => box.querySelector(each)?.textContent);
      return [...texts, input?.placeholder, input?.type].join('|');
    })()`);
  }
}
