import type { LifecycleAction } from '../../lib/core/lifecycle.ts'

/** What belongs to parts that are not built yet, by the beginning of its name. This is the only place that names them. */
const NOT_BUILT = {
  clustering: ['cluster-'],
  'snapshots of instances': ['instance-snapshot-', 'instance-restored'],
  'backups of instances': ['instance-backup-'],
  'images that follow another server': ['image-refreshed'],
  'volumes of their own': ['storage-volume-'],
  'ACLs and zones of networks': ['network-acl-', 'network-zone-'],
} as const

/** One of LXD's actions that this version does not tell, because what it tells of is not built. */
export function isNotBuilt(action: string): boolean {
  return Object.values(NOT_BUILT)
    .flat()
    .some((start) => action.startsWith(start))
}

/** Every action of LXD that is told here. */
export const TOLD: readonly LifecycleAction[] = [
  'certificate-created',
  'certificate-deleted',
  'certificate-updated',
  'config-updated',
  'image-alias-created',
  'image-alias-deleted',
  'image-alias-renamed',
  'image-alias-updated',
  'image-created',
  'image-deleted',
  'image-retrieved',
  'image-secret-created',
  'image-updated',
  'instance-console',
  'instance-console-reset',
  'instance-console-retrieved',
  'instance-created',
  'instance-deleted',
  'instance-exec',
  'instance-file-deleted',
  'instance-file-pushed',
  'instance-file-retrieved',
  'instance-log-deleted',
  'instance-log-retrieved',
  'instance-metadata-retrieved',
  'instance-metadata-template-created',
  'instance-metadata-template-deleted',
  'instance-metadata-template-retrieved',
  'instance-metadata-updated',
  'instance-paused',
  'instance-renamed',
  'instance-restarted',
  'instance-resumed',
  'instance-shutdown',
  'instance-started',
  'instance-stopped',
  'instance-updated',
  'network-created',
  'network-deleted',
  'network-renamed',
  'network-updated',
  'operation-cancelled',
  'profile-created',
  'profile-deleted',
  'profile-renamed',
  'profile-updated',
  'project-created',
  'project-deleted',
  'project-renamed',
  'project-updated',
  'storage-pool-created',
  'storage-pool-deleted',
  'storage-pool-updated',
  'warning-acknowledged',
  'warning-deleted',
  'warning-reset',
]

/** The actions that LXD's manual lists. */
export const DOCUMENTED: readonly string[] = [
  ...verbs('certificate', 'created deleted updated'),
  ...verbs('cluster-certificate', 'updated'),
  ...verbs('cluster', 'enabled disabled'),
  ...verbs('cluster-member', 'added removed renamed updated'),
  ...verbs('cluster-token', 'created'),
  ...verbs('config', 'updated'),
  ...verbs('image-alias', 'created deleted renamed updated'),
  ...verbs('image', 'created deleted refreshed retrieved secret-created updated'),
  ...verbs('instance-backup', 'created deleted renamed retrieved'),
  'instance-console',
  ...verbs('instance-console', 'reset retrieved'),
  ...verbs('instance', 'created deleted exec paused renamed restarted restored resumed shutdown'),
  ...verbs('instance', 'started stopped updated'),
  ...verbs('instance-file', 'deleted pushed retrieved'),
  ...verbs('instance-log', 'deleted retrieved'),
  ...verbs('instance-metadata', 'retrieved updated'),
  ...verbs('instance-metadata-template', 'created deleted retrieved'),
  ...verbs('instance-snapshot', 'created deleted renamed updated'),
  ...verbs('network-acl', 'created deleted renamed updated'),
  ...verbs('network', 'created deleted renamed updated'),
  ...verbs('operation', 'cancelled'),
  ...verbs('profile', 'created deleted renamed updated'),
  ...verbs('project', 'created deleted renamed updated'),
  ...verbs('storage-pool', 'created deleted updated'),
  ...verbs('storage-volume-backup', 'created deleted renamed retrieved'),
  ...verbs('storage-volume', 'created deleted renamed restored updated'),
  ...verbs('storage-volume-snapshot', 'created deleted renamed updated'),
  ...verbs('warning', 'acknowledged deleted reset'),
]

function verbs(object: string, words: string): readonly string[] {
  return words.split(' ').map((word) => `${object}-${word}`)
}
