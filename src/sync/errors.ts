import { errorFamily } from '../base/errors.ts';

/** Errors of syncing an air gap with a file. */
export const syncError = errorFamily('sync', {
  'file-unreadable': { text: 'Cannot read {path}: {reason}', remedy: 'Check the path and its permissions.' },
  'file-invalid': {
    text: '{path}:{line}:{column}: {reason}',
    remedy: 'Correct this line. docs/sync.md describes the format, and docs/sync.schema.json lets an editor check it.',
  },
  'lock-invalid': {
    text: '{path}:{line}:{column}: {reason}',
    remedy:
      'Restore the lock from version control or a backup. Or delete it: the next sync then compares everything again, but what earlier syncs brought is no longer known, and stays.',
  },
  'lock-changed': {
    text: 'Another sync has written {place} in the meantime',
    remedy:
      'Run the same command again. If this happens often, give each sync a lock of its own, or run one at a time.',
  },
  'in-use': {
    text: 'Another process is syncing {path}: {holder}',
    remedy:
      'Wait until it has ended. If it was killed on another machine, its claim expires ten minutes after its last sign of life.',
  },
  'no-tag-fits': {
    text: 'No tag of {repository} fits the constraints {constraints}',
    remedy: 'Change tagSelection of this entry. Prereleases count only with the field prereleases.',
  },
  'too-many-tags': {
    text: '{repository} has more than {limit} tags',
    remedy: 'Name a tag or a digest instead of tagSelection.',
  },
  'prune-not-current': {
    text: 'Nothing can be pruned while the entry {entry} is not up to date in {destination}: {reason}',
    remedy: 'Run sync first: otherwise an older version could be deleted before the new one has arrived.',
  },
  'prune-unreadable': {
    text: 'Cannot find out what {reference} needs, so nothing can be pruned: {reason}',
    remedy: 'Repair it with copy --repair, or delete its tags if nobody needs it.',
  },
  'prune-list-invalid': {
    text: 'Cannot use the list {path}: {reason}',
    remedy: 'Make a new one with sync FILE --prune --plan -o LIST, and review it.',
  },
  'prune-list-outdated': {
    text: 'The list no longer applies: {reason}',
    remedy: 'Make a new one with sync FILE --prune --plan -o LIST, and review it.',
  },
  'tag-not-deletable': {
    text: '{host} cannot delete the tag {tag} of {repository} without {digest}, which is still needed',
    remedy:
      'Delete the tag in the web interface of the registry, or leave it. Everything else can be pruned without it.',
  },
  unfinished: {
    text: 'The Job has ended, but {repository} does not have everything',
    remedy: 'Run the same command again to resume. The log of its last pod may say more.',
  },
  'tag-conflict': {
    text: 'The entries {first} and {second} set the tag {tag} of {repository} to different images',
    remedy: 'Give one of them another tag with toTag, or another destination.',
  },
});
