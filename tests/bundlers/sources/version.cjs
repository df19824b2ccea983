const major = 3;
module.exports = { version: `${major}.${1}.0`, tags: ["a", ..."bc"] };
