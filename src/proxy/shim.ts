// Imported before http-proxy, which keeps util._extend while it loads: Node prints DEP0060 for every process that calls the old one.
// Deliberately nothing else: a module that is only a side effect should have only one.
import util from 'node:util';

(util as unknown as Record<string, unknown>)['_extend'] = Object.assign;
