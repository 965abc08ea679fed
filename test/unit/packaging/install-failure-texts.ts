// Texts of failed PackageInstalls and Apps; see failure-texts.ts.
import { fetched } from './failure-texts.ts';
import type { FailureText } from './failure-texts.ts';

const API = 'API server says:\n        ';

/** Of the PackageInstall demo/web of the Package web.apps.example, whose bundle is registry.example/web@sha256:…. */
export const INSTALL_TEXTS: readonly FailureText[] = [
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/1351',
    text: 'Package web.apps.example not found',
    code: 'package-missing',
    says: /web\.apps\.example/,
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/581',
    text: 'Expected to find at least one version, but did not (details: all=0 -> after-prereleases-filter=0 -> after-constraints-filter=0)',
    code: 'package-missing',
    says: /demo offers no Package web\.apps\.example/,
  },
  {
    source: 'vendir, pkg/vendir/versions/selector.go',
    text: 'Expected to find at least one version, but did not (details: all=3 -> after-prereleases-filter=3 -> after-constraints-filter=0)',
    code: 'version-missing',
  },
  {
    source: 'kapp-controller 0.53, pkg/packageinstall/packageinstall.go',
    text: 'Expected to find at least one version, but did not (details: all=2 -> after-prereleases-filter=2 -> after-constraints-filter=1 -> after-kubernetes-version-check=0 -> after-kapp-controller-version-check=0)',
    code: 'version-unsuitable',
  },
  {
    source: 'kapp-controller 0.53, pkg/kubeconfig/service_accounts.go',
    text: 'Preparing kapp: Getting service account: serviceaccounts "installer" not found',
    code: 'service-account-missing',
    says: /installer/,
  },
  {
    source: 'kapp-controller 0.53, pkg/template/values.go',
    text: 'Preparing template values: secrets "web-values" not found',
    code: 'values-missing',
    says: /web-values/,
    not: /registry/,
  },
  {
    source: 'ytt 0.53',
    text: 'ytt: Error: Overlaying data values (in following order: additional data values): \nOne or more data values were invalid\n====================================\n\nGiven data value is not declared in schema\nv.yml:\n    |\n  1 | c: x\n    |\n\n    = found: c\n    = expected: one of { a, b } (from s.yml:2)\n',
    code: 'value-unknown',
    says: /no value c; it knows one of \{ a, b \}/,
  },
  {
    source: 'ytt 0.53',
    text: 'ytt: Error: Overlaying data values (in following order: additional data values): \nOne or more data values were invalid\n====================================\n\nv.yml:\n    |\n  1 | times: x\n    |\n\n    = found: string\n    = expected: integer (by s.yml:4)\n\n',
    code: 'value-type',
    says: /The value times .* must be integer, and is string/,
  },
  {
    source: 'ytt 0.53',
    text: 'ytt: Error: Validating final data values:\n  b\n    from: s.yml:5\n    - must be: length >= 1 (by: s.yml:4)\n      found: length = 0\n',
    code: 'value-invalid',
    says: /The value b .*: must be: length >= 1/,
  },
  {
    source: 'https://github.com/vmware-tanzu/community-edition/issues/1869',
    text: "ytt: Error: Extracting data value from file:\n  Checking data values file '/etc/kappctrl-mem-tmp/x':\n    lstat: no such file or directory",
    code: 'values-invalid',
  },
  {
    source: 'ytt 0.53',
    text: 'ytt: Error: \n- undefined: undefined\n    t.yml:1 | x: #@ undefined.thing',
    code: 'template-broken',
  },
  {
    source: 'https://github.com/Tanzu-Solutions-Engineering/tanzu-to-go-workshop/issues/10',
    text: "kapp: Error: Expected to find kind 'admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration', but did not:\n- Kubernetes API server did not have matching apiVersion + kind\n- No matching CRD was found in given configuration",
    code: 'kind-missing',
    says: /admissionregistration\.k8s\.io\/v1beta1/,
  },
  {
    source: 'https://github.com/vmware-tanzu/community-edition/issues/480',
    text: 'kapp: Error: Applying create validatingwebhookconfiguration/cert-manager-webhook (admissionregistration.k8s.io/v1) cluster:\n  Creating resource validatingwebhookconfiguration/cert-manager-webhook (admissionregistration.k8s.io/v1) cluster:\n    ValidatingWebhookConfiguration.admissionregistration.k8s.io "cert-manager-webhook" is invalid: webhooks[0].admissionReviewVersions:\n      Required value: must specify one of v1, v1beta1 (reason: Invalid)',
    code: 'object-invalid',
    says: /cert-manager-webhook/,
  },
  {
    source: 'kapp, pkg/kapp/resources/labeled_resources.go',
    text: "kapp: Error: Ownership errors:\n- Resource 'service/web (v1) namespace: demo' is already associated with a different app 'old.app' namespace: demo (label 'kapp.k14s.io/app=1566811645817612751')\n- Resource 'deployment/web (apps/v1) namespace: demo' is already associated with a different app 'old.app' namespace: demo (label 'kapp.k14s.io/app=1566811645817612751')",
    code: 'owned-by-other',
    says: /service\/web \(v1\) namespace: demo already belongs to a different app 'old\.app'/,
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/847',
    text: 'kapp: Error: Timed out waiting after 5m0s for resources:\n  - deployment/web (apps/v1) namespace: demo',
    code: 'not-ready-in-time',
    says: /deployment\/web \(apps\/v1\) namespace/,
    not: /firewall|network/,
  },
  {
    source: 'kapp, pkg/kapp/clusterapply/waiting_changes.go',
    text: 'kapp: Error: waiting on reconcile deployment/web (apps/v1) namespace: demo:\n  Finished waiting unsuccessfully:\n    Deployment is not progressing: ProgressDeadlineExceeded (message: ReplicaSet "web-1" has timed out progressing.)',
    code: 'not-ready',
    says: /ProgressDeadlineExceeded/,
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/581',
    text: 'kapp: Error: waiting on reconcile packageinstall/tomcat (packaging.carvel.dev/v1alpha1) namespace: default:\n  Finished unsuccessfully (Reconcile failed:  (message: Expected to find at least one version, but did not (details: all=0 -> after-prereleases-filter=0 -> after-constraints-filter=0)))',
    code: 'not-ready',
    says: /packageinstall\/tomcat/,
  },
  {
    source: 'kube-apiserver, rbac',
    text: `kapp: Error: Applying create configmap/a (v1) namespace: other:\n  Creating resource configmap/a (v1) namespace: other:\n    ${API}configmaps is forbidden: User "system:serviceaccount:demo:installer" cannot create resource "configmaps" in API group "" in the namespace "other" (reason: Forbidden)`,
    code: 'rights-missing',
    says: /system:serviceaccount:demo:installer cannot create resource "configmaps"/,
  },
  {
    source: 'kube-apiserver, rbac escalation check',
    text: 'kapp: Error: create clusterrole/a (rbac.authorization.k8s.io/v1) cluster: clusterroles.rbac.authorization.k8s.io "a" is forbidden: user "system:serviceaccount:demo:installer" (groups=["system:serviceaccounts" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]} (reason: Forbidden)',
    code: 'rights-missing',
  },
  {
    source: 'kube-apiserver, NamespaceLifecycle',
    text: 'kapp: Error: create configmap/a (v1) namespace: other: configmaps "a" is forbidden: unable to create new content in namespace other because it is being terminated (reason: Forbidden)',
    code: 'namespace-ending',
    not: /right/,
  },
  {
    source: 'kube-apiserver',
    text: 'kapp: Error: create configmap/a (v1) namespace: other: namespaces "other" not found (reason: NotFound)',
    code: 'namespace-missing',
  },
  {
    source: 'kube-apiserver, ResourceQuota',
    text: 'kapp: Error: create persistentvolumeclaim/a (v1) namespace: demo: persistentvolumeclaims "a" is forbidden: exceeded quota: small, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=1Gi (reason: Forbidden)',
    code: 'quota',
    not: /the right/,
  },
  {
    source: 'kube-apiserver 1.37, PodSecurity, by kapp 0.64',
    text: `kapp: Error: create pod/app (v1) namespace: demo:\n  Creating resource pod/app (v1) namespace: demo:\n    API server says: pods "app" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true) (reason: Forbidden)`,
    code: 'pod-security',
    says: /restricted:latest.*runAsNonRoot=true\)/,
  },
  {
    source: 'Gatekeeper, by kapp',
    text: 'kapp: Error: create deployment/web (apps/v1) namespace: demo: admission webhook "validation.gatekeeper.sh" denied the request: [only-own-registry] container <web> has an invalid image repo <docker.io/web>, allowed repos are ["registry.example"] (reason: Forbidden)',
    code: 'admission-denied',
    says: /validation\.gatekeeper\.sh .*invalid image repo/,
  },
  {
    source: 'kube-apiserver, ValidatingAdmissionPolicy',
    text: "kapp: Error: create deployment/web (apps/v1) namespace: demo: deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'only-small' with binding 'all' denied request: replicas must be at most 3 (reason: Invalid)",
    code: 'admission-denied',
    says: /only-small .*replicas/,
  },
  {
    source: 'https://github.com/aws/eks-anywhere/pull/10636, by kapp',
    text: 'kapp: Error: create package/a (packages.eks.amazonaws.com/v1alpha1) namespace: demo: Internal error occurred: failed calling webhook "vpackage.kb.io": failed to call webhook: Post "https://eks-anywhere-packages-webhook-service.eksa-packages.svc:443/validate?timeout=10s": dial tcp 10.106.153.9:443: connect: connection refused (reason: InternalError)',
    code: 'webhook-failed',
    says: /vpackage\.kb\.io/,
  },
  {
    source: 'etcd',
    text: 'kapp: Error: create configmap/a (v1) namespace: demo: etcdserver: mvcc: database space exceeded (reason: Unknown)',
    code: 'etcd-full',
  },
  {
    source: 'vendir 0.45',
    text: fetched(
      'Fetching image:\n      GET https://registry.example/v2/web/manifests/sha256:11: UNAUTHORIZED: authentication required',
    ),
    code: 'install-unauthorized',
    says: /requires credentials for registry\.example\/web, .*SecretExport.*fetch-0-secret-name/,
    not: /spec\.fetch/,
  },
  {
    source: 'kapp, pkg/kapp/cmd/app/deploy.go; of a PackageInstall it says nothing about Packages',
    text: 'kapp: Error: Trying to apply empty set of resources will result in deletion of resources on cluster. Refusing to continue',
    code: undefined,
  },
  // Of what nothing is known beyond the text.
  {
    source: 'https://github.com/carvel-dev/kapp/issues/446',
    text: 'kapp: Error: Timed out waiting after 5m',
    code: undefined,
  },
  {
    source: 'helm',
    text: "Error: values don't meet the specifications of the schema(s) in the following chart(s): web",
    code: undefined,
  },
  {
    source: 'kapp-controller 0.53, pkg/app/app_deploy.go',
    text: 'Blocking for deploy: the world ends',
    code: undefined,
  },
];
