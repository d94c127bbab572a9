/** What LXD tells of each kind of object: the words after its name in an action, `instance-started`. */
export interface LifecycleVerbs {
  readonly certificate: 'created' | 'deleted' | 'updated'
  readonly cluster: 'disabled' | 'enabled'
  readonly 'cluster-certificate': 'updated'
  readonly 'cluster-group': 'created' | 'deleted' | 'renamed' | 'updated'
  readonly 'cluster-member': 'added' | 'removed' | 'renamed' | 'updated'
  readonly 'cluster-token': 'created'
  readonly config: 'updated'
  readonly image: 'created' | 'deleted' | 'refreshed' | 'retrieved' | 'secret-created' | 'updated'
  readonly 'image-alias': 'created' | 'deleted' | 'renamed' | 'updated'
  readonly instance:
    | 'console'
    | 'created'
    | 'deleted'
    | 'exec'
    | 'paused'
    | 'renamed'
    | 'restarted'
    | 'restored'
    | 'resumed'
    | 'shutdown'
    | 'started'
    | 'stopped'
    | 'updated'
  readonly 'instance-backup': 'created' | 'deleted' | 'renamed' | 'retrieved'
  readonly 'instance-console': 'reset' | 'retrieved'
  readonly 'instance-file': 'deleted' | 'pushed' | 'retrieved'
  readonly 'instance-log': 'deleted' | 'retrieved'
  readonly 'instance-metadata': 'retrieved' | 'updated'
  readonly 'instance-metadata-template': 'created' | 'deleted' | 'retrieved'
  readonly 'instance-snapshot': 'created' | 'deleted' | 'renamed' | 'updated'
  readonly network: 'created' | 'deleted' | 'renamed' | 'updated'
  readonly 'network-acl': 'created' | 'deleted' | 'renamed' | 'updated'
  readonly 'network-zone': 'created' | 'deleted' | 'updated'
  readonly operation: 'cancelled'
  readonly profile: 'created' | 'deleted' | 'renamed' | 'updated'
  readonly project: 'created' | 'deleted' | 'renamed' | 'updated'
  readonly 'storage-pool': 'created' | 'deleted' | 'updated'
  readonly 'storage-volume': 'created' | 'deleted' | 'renamed' | 'restored' | 'updated'
  readonly 'storage-volume-backup': 'created' | 'deleted' | 'renamed' | 'retrieved'
  readonly 'storage-volume-snapshot': 'created' | 'deleted' | 'renamed' | 'updated'
  readonly warning: 'acknowledged' | 'deleted' | 'reset'
}

/** LXD's word for what happened: `instance-started`. */
export type LifecycleAction = {
  [O in keyof LifecycleVerbs]: `${O}-${LifecycleVerbs[O]}`
}[keyof LifecycleVerbs]

/** The additional information of those actions that have some. Where the manual and LXD 5.0.2 name it differently, under both names. */
export interface LifecycleContexts {
  readonly 'instance-console': { readonly type: 'console' | 'vga' }
  readonly 'instance-created': { readonly type: string; readonly 'storage-pool': string }
  readonly 'instance-exec': { readonly command: readonly string[] }
  readonly 'instance-file-deleted': { readonly path: string; readonly file: string }
  readonly 'instance-file-pushed': {
    readonly path: string
    /** A file of the host, when the content came from one. */
    readonly 'file-source'?: string
    readonly 'file-destination': string
    readonly info: Readonly<Record<string, string | number>>
  }
  readonly 'instance-file-retrieved': {
    readonly path: string
    readonly 'file-source': string
    /** A file of the host, when the content went to one. */
    readonly 'file-destination'?: string
  }
  readonly 'instance-metadata-template-created': { readonly path: string }
  readonly 'instance-metadata-template-deleted': { readonly path: string }
  readonly 'instance-metadata-template-retrieved': { readonly path: string }
  readonly 'instance-renamed': { readonly old_name: string }
  readonly 'instance-restored': { readonly snapshot: string }
  readonly 'instance-snapshot-renamed': { readonly old_name: string }
}
