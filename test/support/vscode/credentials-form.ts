// The wizard of "Add Credentials…" and "Edit Credentials…", filled in as a person does.
import type { Workbench } from './workbench.ts';

export interface TypedCredential {
  readonly user: string;
  readonly password: string;
  /** The repository they are for; all of the registry without it. */
  readonly prefix?: string;
  readonly side?: 'Always' | 'Reading only' | 'Writing only';
}

/** @param step a screenshot of each question, under this name */
export async function fillCredentials(
  { quickInput, ...workbench }: Pick<Workbench, 'quickInput'> & { readonly step?: (name: string) => Promise<void> },
  { user, password, prefix = '', side = 'Always' }: TypedCredential,
): Promise<void> {
  const picture = workbench.step ?? (() => Promise.resolve());
  await quickInput.at('How do you sign in?');
  await picture('kind');
  await quickInput.pick('User name and password');
  await quickInput.at('robot$team');
  await quickInput.fill(user);
  await picture('user');
  await quickInput.accept();
  await quickInput.message().getByText('Password or access token').waitFor();
  await quickInput.fill(password);
  await picture('password');
  await quickInput.accept();
  await quickInput.at('team/packages');
  await quickInput.fill(prefix);
  await picture('prefix');
  await quickInput.accept();
  await quickInput.at('When to use these credentials');
  await picture('side');
  await quickInput.pick(side);
}
