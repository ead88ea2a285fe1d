/** The presets, mildest first. Apart, so that a command can tell a mistyped name without loading the reader of policies. */
export const presets = ['permissive', 'balanced', 'strict', 'secure', 'iron'] as const;
export type Preset = (typeof presets)[number];
