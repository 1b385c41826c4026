// A directory for everything that a run writes. It is deleted when this process exits.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const scratch = mkdtempSync(join(tmpdir(), "whippet-bench-"));
process.env.TMPDIR = scratch; // builds and servers also write to TMPDIR

process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
