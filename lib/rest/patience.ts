/** How long the server waits for clients that do nothing, in milliseconds. Whoever goes on, however slowly, is waited for. */
export interface Patience {
  /** The headers of a request, all together, from when they could have been sent. @default 30 seconds */
  readonly headersMs: number
  /** A JSON body, all of it. @default 30 seconds */
  readonly bodyMs: number
  /** One that uploads sends nothing, or one that is answered takes nothing of what waits for it. @default 2 minutes */
  readonly idleMs: number
  /** Between two pings of a websocket; one whose client stops answering them ends after four. @default 10 seconds */
  readonly pingMs: number
}

export const PATIENCE: Patience = {
  headersMs: 30_000,
  bodyMs: 30_000,
  idleMs: 120_000,
  pingMs: 10_000,
}
