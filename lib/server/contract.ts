/** What clients are shown: every key that is set. A secret is only said to be set. */
export type ServerConfig = Readonly<Record<string, string | true>>

/** The configuration of the server itself, in the table `config` of the database. */
export interface ServerSettings {
  /** Every key that is set to something else than its default; a secret key is `true`. */
  get(): Promise<ServerConfig>
  /** What holds for a key: what it was set to, otherwise its default; undefined where there is neither. A secret is its hash. */
  value(key: string): Promise<string | undefined>
  /** Whether `secret` is what a secret key was set to. False while the key is unset. */
  matches(key: string, secret: string): Promise<boolean>
  /**
   * Puts `config` in the place of all there was; `true` leaves a secret as it is. Kind `invalid` for an unknown key or a bad value,
   * kind `unsupported` for a key that cannot work here yet. Whoever follows a key (`changed`) is told before this resolves; when
   * one of them rejects, all that was done is taken back and the reason is passed on.
   */
  replace(config: ServerConfig, options?: SettingsChange): Promise<void>
  /** The same for the keys that are given: an empty value unsets its key. */
  patch(config: ServerConfig, options?: SettingsChange): Promise<void>
  /**
   * Follows a key: `listener` is called with what `value` answers from then on, each time that this changes, and with the former value
   * again when the change is taken back. Rejecting vetoes the change. The result ends it. A listener must not change settings.
   */
  changed(key: string, listener: SettingListener): () => void
}

/** Conditions of a change. */
export interface SettingsChange {
  /** Called with what is about to be changed, while nobody else can change it; refuses by throwing. */
  readonly expect?: (current: ServerConfig) => void
}

/** Is told the value that a key has from now on; undefined where it has none. */
export type SettingListener = (value: string | undefined) => void | Promise<void>
