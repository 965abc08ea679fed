import { errorFamily } from '../base/errors.ts';

export const relocationError = errorFamily('relocation', {
  'engine-ended': {
    text: 'The process that copies ended unexpectedly ({reason})',
    remedy: 'Start the relocation again: what is complete at the destination is not sent a second time.',
  },
});
