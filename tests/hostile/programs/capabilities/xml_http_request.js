// attacks: an XMLHttpRequest
// expect: THROWN ReferenceError
export default {
  tools: {
    run: {
      async execute() {
        const request = new XMLHttpRequest();
        request.open("GET", "https://example.com/", false);
        return request.send();
      },
    },
  },
};
