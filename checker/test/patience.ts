/** How long a test waits for something another program does before it takes it for lost, in milliseconds: long, for busy machines. */
export const PATIENCE_MS = 120_000
