/** What a binding is put through in a process, or a worker thread, of its own. */
export interface Exercise {
  /** Makes objects, begins calls, and leaves them all as they are. Resolves with the descriptors that no object owns. */
  leave(): Promise<readonly number[]>
  /** Uses every call once and gives everything back. */
  cycle(): Promise<void>
}
