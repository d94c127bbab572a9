/** One thing that is wrong, as recorded. */
export interface WarningRecord {
  readonly uuid: string
  /** `acknowledged`: the administrator knows. `resolved`: it is wrong no longer, and will be forgotten after a day. */
  readonly status: WarningStatus
  /** Of the entity; empty where it has none. */
  readonly project: string
  /** LXD's sentence: `Network unavailable`. */
  readonly type: string
  readonly severity: 'low' | 'moderate' | 'high'
  /** How often it was seen. */
  readonly count: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  /** What was wrong when it was last seen. */
  readonly message: string
  /** URL path of the network, pool or instance that it is about; empty where it is about the host. */
  readonly entityUrl: string
}

/** Where a warning stands with the administrator. */
export type WarningStatus = 'new' | 'acknowledged' | 'resolved'

/** What is wrong with the host, in the table `warnings`. All but `list` reject with kind `notFound` where there is no such warning. */
export interface Warnings {
  /** All there are, in the order of their ids; with a project only those about what is in it. */
  list(query?: { readonly project?: string }): Promise<readonly WarningRecord[]>
  /** One of them. */
  get(uuid: string): Promise<WarningRecord>
  /** Says that the administrator knows: it stays acknowledged however often it is seen again. */
  acknowledge(uuid: string): Promise<void>
  /** Makes it new again. */
  reset(uuid: string): Promise<void>
  /** Forgets it. When it is seen again it is a new one. */
  delete(uuid: string): Promise<void>
}
