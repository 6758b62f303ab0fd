// The far end of the bare Unix socket: takes one connection at the path it is given, and ends with the process that started it.
import { createServer } from 'node:net';
import { Tally } from '../contender.ts';
import { RecordStream } from './record-stream.ts';
import type { SocketRecord } from './unix-socket.ts';

const tally = new Tally();

const server = createServer((socket) => {
  server.close();
  socket.on('error', () => socket.destroy());
  const stream = new RecordStream(socket, (record) => {
    const message = record as SocketRecord;
    if (message.type === 'item') tally.add(message);
    else if (message.type === 'echo') stream.send(message);
    else stream.send({ type: 'handled', handled: tally.take() });
  });
});
server.listen(process.argv[2], () => process.send?.('listening'));
process.on('disconnect', () => process.exit());
