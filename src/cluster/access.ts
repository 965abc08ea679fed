import { record } from '../base/json.ts';
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

async function review(client: ApiClient, question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
  const review = await client.json(
    {
      step: `check whether you may ${question.verb} ${question.resource}`,
      api: API,
      path: `/apis/${API}/selfsubjectaccessreviews`,
      method: 'POST',
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: API,
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: question },
      }),
    },
    signal,
  );
  return record(record(review)['status'])['allowed'] === true;
}
