// Fills in the wizard of "Add Credentials…" and "Edit Credentials…" as a user does.
import type { Workbench } from './workbench.ts';

export interface TypedCredential {
  readonly user: string;
  readonly password: string;
  /** The repository for which they are used; if undefined, the complete registry. */
  readonly prefix?: string;
  readonly side?: 'Always' | 'Reading only' | 'Writing only';
}

/** @param step takes a screenshot of each question, with this name */
export async function fillCredentials(
  { quickInput, ...workbench }: Pick<Workbench, 'quickInput'> & { readonly step?: (name: string) => Promise<void> },
  { user, password, prefix = '', side }: TypedCredential,
): Promise<void> {
  const picture = workbench.step ?? (() => Promise.resolve());
  await quickInput.at('robot$team');
  await quickInput.fill(user);
  if (prefix !== '' || side !== undefined) {
    await quickInput.button('More Options…');
    await quickInput.at('More options');
    await picture('more-options');
    if (prefix !== '') {
      await quickInput.pick('Use for…');
      await quickInput.at('team/packages');
      await quickInput.accept(prefix);
      await quickInput.at('More options');
    }
    if (side !== undefined) {
      await quickInput.pick('Use when…');
      await quickInput.at('When to use these credentials');
      await quickInput.pick(side);
      await quickInput.at('More options');
    }
    await quickInput.pick('Done');
    await quickInput.at('robot$team');
  }
  await picture('user');
  await quickInput.accept();
  await quickInput.message().getByText('Password or access token').waitFor();
  await quickInput.fill(password);
  await picture('password');
  await quickInput.accept();
}
