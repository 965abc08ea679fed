/** The result, or undefined where it throws: for asking whether a text can be parsed while it is typed. */
export function tryOrUndefined<Result>(operation: () => Result): Result | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}
