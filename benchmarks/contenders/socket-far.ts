// The far end of the bare Unix socket: takes one connection at the path it is given, and ends with the process that started it.
import { createServer } from 'node:net';
import { farEnd } from './letter.ts';
import { RecordStream } from './record-stream.ts';

const server = createServer((socket) => {
  server.close();
  socket.on('error', () => socket.destroy());
  const stream = new RecordStream(socket);
  stream.listen(farEnd(stream));
});
server.listen(process.argv[2], () => process.send?.('listening'));
process.on('disconnect', () => process.exit());
