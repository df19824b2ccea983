var async = 1, of = 2, get = 3, yield_, let_; async = of; get.x = 1; var static_ = { async, get() {}, set: 1 }
