// The least that a child process can be and still reply.
process.on('message', (message) => process.send?.(message));

export {};
