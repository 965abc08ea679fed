// The box at the top of the window: input boxes, quick picks, the command palette. All steps of a wizard use the same
// box, so begin each with `at()`, which waits until that step is shown.
import type { Locator, Page } from 'playwright-core';

export class QuickInput {
  readonly widget: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.widget = page.locator('.quick-input-widget:visible');
  }

  /** Waits for the step with this title, or, if it has none, with this placeholder in its input. */
  async at(text: string): Promise<this> {
    const title = this.widget.locator('.quick-input-title').getByText(text);
    await title.or(this.widget.getByPlaceholder(text)).first().waitFor();
    return this;
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

  /** Enters text, or keeps the existing one, and continues. */
  async accept(text?: string): Promise<void> {
    if (text !== undefined) await this.fill(text);
    await this.input().press('Enter');
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
  toggle(label: string | RegExp): Locator {
    return this.widget.locator('.monaco-list-row').filter({ hasText: label });
  }

  /** Clicks an entry of a quick pick. */
  async pick(label: string | RegExp): Promise<void> {
    await this.option(label).first().click();
  }

  /** A button of the title bar (Back, …) or of the box. */
  async button(name: string): Promise<void> {
    await this.widget.getByRole('button', { name }).first().click();
  }

  async cancel(): Promise<void> {
    await this.#page.keyboard.press('Escape');
  }
}
