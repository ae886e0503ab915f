#include "CHelios.h"
