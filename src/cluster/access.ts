import type { AccessQuestion } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';

const API = 'authorization.k8s.io/v1';

/**
 * See ClusterActions.checkAccess. Sends one SelfSubjectAccessReview per question (Kubernetes docs, "Checking API
 * Access").
 */
export function checkAccess(
  client: ApiClient,
  questions: readonly AccessQuestion[],
  signal: AbortSignal,
): Promise<readonly boolean[]> {
  return Promise.all(questions.map((question) => review(client, question, signal)));
}

function review(client: ApiClient, question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
  const step = `check whether you may ${question.verb} ${question.resource}`;
  const body = { apiVersion: API, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: question } };
  return client.call({ step, api: API }, signal, async (options) => {
    const { status } = await client.authorization.createSelfSubjectAccessReview({ body }, options);
    return status?.allowed === true;
  });
}
