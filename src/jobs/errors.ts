import { errorFamily } from '../base/errors.ts';

/** Errors of copies in the pods of a Job. */
export const jobError = errorFamily('job', {
  failed: {
    text: 'The Job {job} failed: {reason}',
    remedy:
      'kubectl logs -n {namespace} -l batch.kubernetes.io/job-name={name} shows more. What is complete is kept: run the same command again to resume.',
  },
  deleted: {
    text: 'The Job {job} was deleted before it ended',
    remedy: 'What is complete is kept: run the same command again to resume.',
  },
});
