// A placeholder, so that the test bench has something to load.
export function activate(): void {
  // The parts come one by one.
}
