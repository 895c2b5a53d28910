import { claim, same } from "../suite/index.ts";
import { type Make, ServerBench, told } from "./server-bench.ts";

/* What a server remembers, of whom, and under which names. */

/** A counter may be called like a client, or like any cell that the server has on its disk. */
export function checkNames(make: Make): void {
  const server = new ServerBench(make);
  const first = server.add("c1", 1, "seats", 5);
  server.add("c2", 1, "seats", -50);
  const names = new Set(["c1", "c1/1", "c2", ...server.solo.disk.cells.keys()]);
  names.delete("seats");
  for (const [i, name] of [...names].entries()) {
    const before = server.valueOf(name);
    claim(
      before === 0,
      `A counter is called ${name}. Nobody has added to it, and a Read of it should be told 0, not ${JSON.stringify(before)}: what else is in that cell of the disk?`,
    );
    const added = server.add("c3", i + 1, name, 3);
    same(
      told(added),
      `Counted 3 to c3 (request ${i + 1})`,
      `The answer when c3 adds 3 to the counter ${name}`,
    );
    for (const when of ["", ", s1 crashed and started again,"]) {
      if (when !== "") server.crash();
      const again = server.add("c1", 1, "seats", 5);
      const [value, seats] = [server.valueOf(name), server.valueOf("seats")];
      claim(
        told(again) === told(first) && value === 3 && seats === 5,
        `c1's request 1 added 5 to seats. c3 added 3 to a counter called ${name}${when} and a copy of c1's request 1 came. s1 sent ${told(again)}, seats is ${seats} (it should be 5), and ${name} is ${JSON.stringify(value)} (it should be 3): cells of two kinds need names that cannot meet.`,
      );
    }
  }
}

/** Which answers are kept depends on the size of a number, not on how it is written. */
export function checkKept(make: Make): void {
  for (const number of [8, 98, 4]) {
    const server = new ServerBench(make);
    for (const request of [number, number + 1, number + 2]) server.add("c1", request, "seats", 1, number);
    const oldest = number + 1;
    server.add("c1", number + 3, "seats", 1, oldest);
    for (const request of [oldest, number + 2]) {
      const again = server.add("c1", request, "seats", 1, number);
      const value = server.valueOf("seats");
      const answer = `Counted ${request - number + 1} to c1 (request ${request})`;
      const asText =
        String(request) < String(oldest)
          ? ` As text, "${request}" comes before "${oldest}"; as numbers, it does not.`
          : "";
      claim(
        told(again) === answer && value === 4,
        `c1's requests ${number}, ${number + 1}, ${number + 2} and ${number + 3} added 1 each, and the last one said oldest: ${oldest}. A copy of request ${request}, for whose answer c1 still waits, came: s1 should send ${answer} and leave seats at 4. It sent ${told(again)}, and seats is ${value}.${asText}`,
      );
    }
  }
}

/** The name of one client may be the beginning of the name of another. */
export function checkApart(make: Make): void {
  const server = new ServerBench(make);
  server.add("c1", 11, "seats", 5);
  const first = server.add("c11", 1, "seats", 2);
  same(
    told(first),
    "Counted 7 to c11 (request 1)",
    "The answer to request 1 of c11, which adds 2, after request 11 of c1 has added 5",
  );
  server.add("c1", 12, "seats", 1);
  const again = server.add("c11", 1, "seats", 2);
  const value = server.valueOf("seats");
  claim(
    told(again) === told(first) && value === 8,
    `c1's request 12 said that c1 waits for nothing below 12. Then a copy of request 1 of c11 came, which still waits for it: s1 should send ${told(first)} and leave seats at 8. It sent ${told(again)}, and seats is ${value}: what c1 needs no longer, c11 may need.`,
  );
}

/** Of two requests that overtake each other, both are done. */
export function checkOvertaken(make: Make): void {
  for (const oldest of [4, 3]) {
    const server = new ServerBench(make);
    for (const request of [1, 2, 3]) server.add("c1", request, "seats", 1);
    const add = (request: 4 | 5) =>
      server.add("c1", request, "seats", request === 4 ? 100 : 10, request === 4 ? oldest : 4);
    const story = `seats was 3. c1 sent request 4, which adds 100 and says oldest: ${oldest}, and then request 5, which adds 10 and says oldest: 4. Request 5 arrived first.`;
    same(told(add(5)), "Counted 13 to c1 (request 5)", `${story} The answer to it`);
    const fourth = add(4);
    const value = server.valueOf("seats");
    claim(
      told(fourth) === "Counted 113 to c1 (request 4)" && value === 113,
      `${story} Then request 4 came, for the first time. No oldest was above 4, so c1 waits for it, and it is done: seats should be 113. s1 sent ${told(fourth)}, and seats is ${value}.`,
    );
    const copies = [...add(4), ...add(5)];
    same(
      told(copies),
      "Counted 113 to c1 (request 4), Counted 13 to c1 (request 5)",
      `${story} Then request 4 came, and then copies of 4 and 5. The answers to the copies`,
    );
    same(server.valueOf("seats"), 113, `${story} Then request 4 came, and then copies of 4 and 5. seats`);
  }
}
