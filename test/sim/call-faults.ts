// What the next calls of a simulated engine meet, and how many of them: armed by a scenario, taken by the calls as they come.

/** What the next calls meet. */
export type CallFault = 'fails-before' | 'fails-after' | 'hangs-before' | 'hangs-after' | 'slow' | 'port-clash' | 'late-reply';

/** Faults that wait for their calls. */
export function armedFaults() {
  const armed: { fault: CallFault; calls: number }[] = [];
  const take = (fault: CallFault): boolean => {
    const index = armed.findIndex((one) => one.fault === fault && one.calls > 0);
    const found = armed[index];
    if (!found) return false;
    found.calls--;
    if (found.calls === 0) armed.splice(index, 1);
    return true;
  };
  return {
    take,
    ofCall: (): CallFault | null => armed.find((one) => one.fault !== 'port-clash')?.fault ?? null,
    arm: (fault: CallFault, calls: number): void => void armed.push({ fault, calls }),
    disarm: (): void => void armed.splice(0),
  };
}
