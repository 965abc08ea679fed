/** Returns undefined if the operation throws, for example while a typed text is still incomplete. */
export function tryOrUndefined<Result>(operation: () => Result): Result | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}
