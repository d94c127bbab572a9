/** Who asks, as far as trust goes. */
export type Identity =
  /** On the machine itself, where the file system says who may connect. */
  | { readonly trust: 'local' }
  /** The whole server; by fingerprint of its certificate. */
  | { readonly trust: 'admin'; readonly fingerprint: string }
  /** These projects and nothing else. */
  | {
      readonly trust: 'restricted'
      readonly fingerprint: string
      readonly projects: readonly string[]
    }
  /** The metrics, of all projects or of these. */
  | {
      readonly trust: 'metrics'
      readonly fingerprint: string
      readonly projects?: readonly string[] | undefined
    }
  | { readonly trust: 'none' }
