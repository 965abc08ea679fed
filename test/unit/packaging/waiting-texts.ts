// What pods and workloads report while kapp waits for them. Unless noted otherwise recorded from Kubernetes 1.37,
// containerd 1.6 and kapp 0.64.
import type { FailureCode } from '../../../src/packaging/failure-table.ts';

export interface WaitingText {
  readonly reason: string;
  /** Undefined if nothing is known beyond the text. */
  readonly code: FailureCode | undefined;
  readonly says?: RegExp;
}

const DIGEST = `sha256:${'1'.repeat(64)}`;
const IMAGE = `registry.example:5000/app@${DIGEST}`;
const unpack = `failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": `;

export const WAITING_TEXTS: readonly WaitingText[] = [
  {
    reason: `Pending: ErrImagePull, message: rpc error: code = NotFound desc = ${unpack}${IMAGE}: not found`,
    code: 'pod-image-missing',
    says: /registry\.example:5000 does not have it/,
  },
  {
    reason: `Pending: ImagePullBackOff, message: Back-off pulling image "${IMAGE}": ErrImagePull: rpc error: code = NotFound desc = ${unpack}${IMAGE}: not found`,
    code: 'pod-image-missing',
  },
  {
    reason: `ImagePullBackOff: Back-off pulling image "${IMAGE}": ErrImagePull: ${unpack}pulling from host registry.example:5000 failed with status code [manifests ${DIGEST}]: 401 Unauthorized`,
    code: 'pod-unauthorized',
    says: /credentials.*namespace demo/,
  },
  {
    reason: `ErrImagePull: ${unpack}failed to do request: Head "https://registry.example:5000/v2/app/manifests/${DIGEST}": x509: certificate signed by unknown authority`,
    code: 'pod-untrusted',
    says: /certs\.d\/registry\.example:5000/,
  },
  {
    reason: `ErrImagePull: ${unpack}failed to do request: Head "https://registry.example:5000/v2/app/manifests/${DIGEST}": dial tcp 10.0.0.1:5000: connect: connection refused`,
    code: 'pod-pull-failed',
    says: /connection refused/,
  },
  // CRI-O 1.30, cri-o/internal/storage/image.go.
  {
    reason: `ErrImagePull: initializing source docker://${IMAGE}: reading manifest ${DIGEST} in registry.example:5000/app: manifest unknown`,
    code: 'pod-image-missing',
  },
  // Kubernetes before 1.32 does not repeat the reason.
  { reason: `ImagePullBackOff: Back-off pulling image "${IMAGE}"`, code: undefined },
  {
    reason:
      'Deployment has encountered replica failure: FailedCreate, message: pods "app-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0',
    code: 'quota',
    says: /exceeded quota: small/,
  },
  {
    reason:
      'Deployment has encountered replica failure: FailedCreate, message: pods "app-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
    code: 'pod-security',
    says: /"restricted:latest": allowPrivilegeEscalation/,
  },
  {
    reason:
      'Deployment has encountered replica failure: FailedCreate, message: pods "app-1" is forbidden: error looking up service account demo/runner: serviceaccount "runner" not found',
    code: 'pod-account-missing',
    says: /service account runner/,
  },
  {
    reason:
      'Pending: Unschedulable, message: 0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    code: 'pod-unschedulable',
    says: /Insufficient memory/,
  },
  {
    reason: 'CrashLoopBackOff: back-off 10s restarting failed container=app pod=app-1_demo(01f0)',
    code: 'pod-crashes',
  },
  { reason: 'Waiting for 1 unavailable replicas', code: undefined },
  { reason: 'Condition Ready is not True (False)', code: undefined },
];
