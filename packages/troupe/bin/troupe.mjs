#!/usr/bin/env node
// What runs as `troupe`. Not in dist, so that a clone that is not built yet can be installed.
import '../dist/command.js';
