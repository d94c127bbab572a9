export interface Seed {
  /** LXD's number of this machine's architecture. */
  readonly architecture: number
}

/** What exists from the first start on: this machine, and the project and profile named `default`. */
export function seedRows({ architecture }: Seed): readonly string[] {
  return [
    `INSERT INTO nodes (id, name, address, schema, api_extensions, arch)
      VALUES (1, 'none', '0.0.0.0', 1, 0, ${Math.trunc(architecture)})`,
    `INSERT INTO projects (id, name, description) VALUES (1, 'default', 'Default LXD project')`,
    ...['images', 'networks', 'profiles', 'storage.volumes'].map(
      (feature) =>
        `INSERT INTO projects_config (project_id, key, value) VALUES (1, 'features.${feature}', 'true')`,
    ),
    `INSERT INTO profiles (id, name, description, project_id)
      VALUES (1, 'default', 'Default LXD profile', 1)`,
  ]
}
