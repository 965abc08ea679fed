/** Creates an element. Its text is only ever text: what it says may come from a registry. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
  made.append(...content);
  return made;
}

/** A button that does not submit anything. */
export function button(title: string, press: () => void, className = ''): HTMLButtonElement {
  const made = element('button', { type: 'button', ...(className === '' ? {} : { class: className }) }, title);
  made.addEventListener('click', press);
  return made;
}

/** Inserts values for `{0}`, `{1}`. */
export function filled(text: string, ...values: readonly (string | number)[]): string {
  return text.replaceAll(/\{(\d)\}/g, (_, position: string) => String(values[Number(position)] ?? ''));
}
