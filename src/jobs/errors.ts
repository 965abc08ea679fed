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
  suspended: {
    text: 'The Job {job} was suspended in the cluster',
    remedy: 'What is complete is kept. It continues when spec.suspend is false.',
  },
  'client-certificate': {
    text: '{host} requires a client certificate, which the pods of a Job do not get',
    remedy: 'Copy from this machine, or use registries without client certificates.',
  },
  'certificate-unreadable': {
    text: 'Cannot read the certificates in {path}, which the pods need: {reason}',
    remedy: 'Correct caFiles of this registry in the settings.',
  },
});
