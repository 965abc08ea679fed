/** How each command is called: what help shows without loading the commands. The first form is the one that errors quote. */
export const USAGE = {
  copy: [
    'carvel-airgap copy (-b REF | -i REF | --lock FILE | --tar FILE | --oci PATH) --to-repo REPO [flags]',
    'carvel-airgap copy (-b REF | -i REF | --lock FILE) (--to-tar FILE | --to-oci PATH) [flags]',
    'carvel-airgap copy (-b REF | -i REF) --to-repo REPO --in-cluster CONTEXT --job-image REF [flags]',
    'carvel-airgap copy … --plan',
    'carvel-airgap copy --retry-failed REPORT',
  ],
  sync: [
    'carvel-airgap sync FILE [flags]',
    'carvel-airgap sync FILE (--plan | --check) [flags]',
    'carvel-airgap sync FILE --prune --plan --lock LOCK [-o LIST] [flags]',
    'carvel-airgap sync FILE --in-cluster CONTEXT --job-image REF [--schedule CRON] [flags]',
  ],
  prune: ['carvel-airgap prune --apply LIST [flags]'],
  discard: ['carvel-airgap discard (--to-repo REPO | --to-tar FILE | --to-oci PATH) [flags]'],
  describe: ['carvel-airgap describe (REF | FILE) [flags]'],
  verify: ['carvel-airgap verify (TAR | OCI-LAYOUT) [flags]'],
  inventory: ['carvel-airgap inventory (REPO | TAR | OCI-LAYOUT)… -o FILE [flags]'],
  audit: [
    'carvel-airgap audit (REF | FILE) [flags]',
    'carvel-airgap audit --context NAME [--namespace NAME] [REF | --package NAME[@VERSION]] [flags]',
  ],
  image: ['carvel-airgap image build [FILE] [flags]', 'carvel-airgap image push REPO [--oci PATH] [flags]'],
  mcp: ['carvel-airgap mcp [--allow-copy] [flags]'],
  'job-pod': ['carvel-airgap job-pod --job-plan REF [flags]'],
} as const;
